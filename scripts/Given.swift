// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

// What the samples of the documentation take as given; scripts/build-docs.py compiles them together with this.

import AsyncHTTPClient
import Foundation
import Logging
import ServiceLifecycle
import TrainLoop

#if canImport(FoundationNetworking)
    import FoundationNetworking

    // Stand for what the Foundation of Linux lacks.
    extension CapturingURLSession {
        func bytes(for request: URLRequest) async throws -> (AsyncStream<UInt8>, URLResponse) { fatalError() }
    }

    extension URL {
        static var applicationSupportDirectory: URL { URL(filePath: "/") }
    }
#endif

let logger = Logger(label: "samples")
let url = "https://api.openai.com/v1/chat/completions"
let headers: [(name: String, value: String)] = []
let responseHeaders = headers
let body: [UInt8] = []
let chunks = AsyncStream<[UInt8]> { $0.finish() }
let delegate: (any URLSessionDelegate)? = nil

func answer() async {}
func answer(_ question: String, base: String = "") async throws -> String { question }

let request = URLRequest(url: URL(filePath: url))
let context = (id: "1", user: "2")
func handle(_ request: URLRequest) async throws {}

/// A server of the user's own.
struct Server: Service {
    func run() async throws {}
}

let server = Server()

// MARK: - The shapes of swift-http-types and swift-openapi-runtime, as far as a transport needs them

struct HTTPField: Sendable {
    struct Name: Sendable {
        let rawName: String
        init?(_ name: String) { rawName = name }
    }

    let name: Name
    let value: String
}

struct HTTPFields: Sendable, Sequence {
    subscript(name: HTTPField.Name) -> String? {
        get { nil }
        set {}
    }

    func makeIterator() -> [HTTPField].Iterator { [].makeIterator() }
}

struct HTTPRequest: Sendable {
    let method: (rawValue: String, Void)
    let path: String?
    var headerFields: HTTPFields
}

struct HTTPResponse: Sendable {
    let status: (code: Int, Void)
    let headerFields: HTTPFields
}

protocol ClientTransport: Sendable {
    func send(
        _ request: HTTPRequest, body: HTTPBody?, baseURL: URL, operationID: String
    ) async throws -> (HTTPResponse, HTTPBody?)
}

final class HTTPBody: AsyncSequence, Sendable {
    typealias Element = ArraySlice<UInt8>

    enum Length: Sendable { case unknown, known(Int64) }
    enum IterationBehavior: Sendable { case single, multiple }

    struct Iterator: AsyncIteratorProtocol {
        mutating func next() async throws -> Element? { nil }
    }

    let length: Length
    let iterationBehavior: IterationBehavior

    init<Bytes: AsyncSequence & Sendable>(
        _ sequence: Bytes, length: Length, iterationBehavior: IterationBehavior
    ) where Bytes.Element == Element {
        self.length = length
        self.iterationBehavior = iterationBehavior
    }

    func makeAsyncIterator() -> Iterator { Iterator() }
}
