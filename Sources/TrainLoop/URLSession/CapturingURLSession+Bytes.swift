// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

#if !canImport(FoundationNetworking)
    public import Foundation
    import TrainLoopCore

    extension CapturingURLSession {
        /// As `URLSession.bytes(for:delegate:)`; the record is told each line as it is read.
        public func bytes(
            for request: URLRequest, delegate: (any URLSessionTaskDelegate)? = nil, fileID: String = #fileID,
            line: Int = #line
        ) async throws -> (AsyncBytes, URLResponse) {
            let exchange = begin(request, UploadBody(of: request), seesArrivals: true, fileID, line)
            do {
                let (bytes, response) = try await session.bytes(for: request.withoutTag, delegate: delegate)
                exchange?.response(response)
                return (AsyncBytes(bytes: bytes, exchange: exchange), response)
            } catch {
                exchange?.end(throwing: error)
                throw error
            }
        }

        /// As `URLSession.bytes(from:delegate:)`; the record is told each line as it is read.
        public func bytes(
            from url: URL, delegate: (any URLSessionTaskDelegate)? = nil, fileID: String = #fileID, line: Int = #line
        ) async throws -> (AsyncBytes, URLResponse) {
            try await bytes(for: URLRequest(url: url), delegate: delegate, fileID: fileID, line: line)
        }

        /// The bytes of a response as they arrive.
        public struct AsyncBytes: AsyncSequence, Sendable {
            public typealias Element = UInt8

            let bytes: URLSession.AsyncBytes
            let exchange: CapturedExchange?

            /// The task that loads.
            public var task: URLSessionDataTask { bytes.task }

            /// An iterator over the bytes.
            public func makeAsyncIterator() -> AsyncIterator {
                AsyncIterator(iterator: bytes.makeAsyncIterator(), reading: exchange.map(Reading.init))
            }

            /// Gathers bytes to lines for the record, and ends the exchange when the iterator is let go.
            final class Reading {
                private let exchange: CapturedExchange
                private var line: [UInt8] = []

                init(_ exchange: CapturedExchange) { self.exchange = exchange }
                deinit {
                    tell()
                    exchange.end(.clientClosed)
                }

                func read(_ byte: UInt8) {
                    line.append(byte)
                    if byte == UInt8(ascii: "\n") || line.count == 16_384 { tell() }
                }

                func end(_ error: (any Error)?) {
                    tell()
                    if let error { exchange.end(throwing: error) } else { exchange.end() }
                }

                private func tell() {
                    guard !line.isEmpty else { return }
                    exchange.receive(.responseBody(line))
                    line.removeAll(keepingCapacity: true)
                }
            }

            /// Reads the bytes one by one.
            public struct AsyncIterator: AsyncIteratorProtocol {
                var iterator: URLSession.AsyncBytes.AsyncIterator
                let reading: Reading?

                /// The next byte; nil at the end.
                public mutating func next() async throws -> UInt8? {
                    do {
                        guard let byte = try await iterator.next() else {
                            reading?.end(nil)
                            return nil
                        }
                        reading?.read(byte)
                        return byte
                    } catch {
                        reading?.end(error)
                        throw error
                    }
                }
            }
        }
    }
#endif
