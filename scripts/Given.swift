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
        func bytes(for request: URLRequest) async throws -> (AsyncStream<UInt8>, URLResponse) {
            (AsyncStream { $0.finish() }, try await data(for: request).1)
        }
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
