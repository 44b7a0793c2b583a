// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Foundation
import TrainLoopCore

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

extension CapturedExchange {
    /// What is read of a file: the bound of a body in the record.
    private static let fileByteCount = CaptureLimits().requestByteCount

    /// Takes the whole of a request's body.
    func request(_ body: UploadBody) {
        switch body {
        case .empty: break
        case .data(let data): receive(.requestBody([UInt8](data)))
        case .file(let url):
            read(url, WireEvent.requestBody) { .requestBodyLost(byteCount: $0) }
        case .stream:
            receive(.warning("the request body is not in the record: it was sent from a stream"))
            receive(.requestBodyLost(byteCount: 0))
        }
        requestEnd()
    }

    /// Takes the head of a response; one that is none of HTTP leaves no trace.
    func response(_ response: URLResponse?) {
        guard let response = response as? HTTPURLResponse else { return }
        self.response(status: response.statusCode, fields: response.fields)
    }

    /// Takes a whole response at once, of a session that follows redirects by itself.
    func finish(_ response: URLResponse?, body: Data?, askedOf url: URL?) {
        finish(response, askedOf: url) { if let body { receive(.responseBody([UInt8](body))) } }
    }

    /// Takes a whole response that was downloaded.
    func finish(_ response: URLResponse?, file: URL?, askedOf url: URL?) {
        finish(response, askedOf: url) { if let file { readResponse(file) } }
    }

    /// Takes the body that a task has downloaded.
    func readResponse(_ file: URL) {
        read(file, WireEvent.responseBody) { .responseBodyLost(byteCount: $0) }
    }

    private func finish(_ response: URLResponse?, askedOf url: URL?, body: () -> Void) {
        if let last = response?.url, let url, last.path != url.path || last.host != url.host {
            receive(.warning("redirects were followed; the response is that of the last request"))
        }
        self.response(response)
        body()
        end()
    }

    private func read(_ file: URL, _ content: ([UInt8]) -> WireEvent, lost: (Int) -> WireEvent) {
        guard let handle = try? FileHandle(forReadingFrom: file) else {
            receive(.warning("a body is not in the record: its file could not be read"))
            return receive(lost(0))
        }
        defer { try? handle.close() }
        let data = (try? handle.read(upToCount: Self.fileByteCount)) ?? Data()
        receive(content([UInt8](data)))
        let size = (try? handle.seekToEnd()).map(Int.init) ?? data.count
        if size > data.count { receive(lost(size - data.count)) }
    }
}
