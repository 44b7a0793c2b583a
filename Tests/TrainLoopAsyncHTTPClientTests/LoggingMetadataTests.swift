// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import AsyncHTTPClient
import Logging
import NIOCore
import NIOHTTP1
import Testing
import TrainLoop
import TrainLoopAsyncHTTPClient
import TrainLoopSwiftTesting
import TrainLoopTesting

/// What swift-log knows of a call is in its record.
@Suite(.serialized, .recordsEvents, .timeLimit(.minutes(10))) struct LoggingMetadataTests {
    enum Form: CaseIterable, Sendable {
        case async, future, delegate, short

        func load(_ simulator: ProviderSimulator, logger: Logger?) async throws {
            let client = HTTPClient.shared.capturing
            let body = simulator.chat("Hi", isStreamed: false)
            switch self {
            case .async:
                var request = HTTPClientRequest(url: simulator.url)
                request.method = .POST
                request.body = .bytes(ByteBuffer(string: body))
                let response = try await client.execute(request, timeout: .seconds(30), logger: logger)
                _ = try await response.body.collect(upTo: 1 << 24)
            case .future:
                let request = try HTTPClient.Request(url: simulator.url, method: .POST, body: .string(body))
                _ = try await client.execute(request: request, logger: logger).get()
            case .delegate:
                let request = try HTTPClient.Request(url: simulator.url, method: .POST, body: .string(body))
                let delegate = ResponseAccumulator(request: request)
                _ = try await client.execute(request: request, delegate: delegate, logger: logger).get()
            case .short: _ = try await client.post(url: simulator.url, body: .string(body), logger: logger).get()
            }
        }
    }

    /// Of the process's provider, which is set once for all tests and says what the test's task says.
    @TaskLocal static var provided: Logger.Metadata = [:]
    private static let isBootstrapped: Bool = {
        LoggingSystem.bootstrap(
            { StreamLogHandler.standardError(label: $0, metadataProvider: $1) }, metadataProvider: provider)
        return true
    }()
    private static let provider = Logger.MetadataProvider { provided }

    @Test(arguments: Form.allCases)
    func `what the process's provider says stands in meta`(form: Form) async throws {
        try #require(Self.isBootstrapped)
        try await withProviderSimulator { simulator in
            try await Self.$provided.withValue(["request": "r-1", "parts": ["a": ["b", "c"]]]) {
                try await form.load(simulator, logger: nil)
            }
            try await form.load(simulator, logger: nil)
            let events = try await recorded(2)
            #expect(events[0]["meta"] == #"{"parts":"[\"a\": [\"b\", \"c\"]]","request":"r-1"}"#, "\(events[0])")
            #expect(events[1]["meta"] == nil)
        }
    }

    @Test(arguments: Form.allCases)
    func `the call's own logger adds its metadata, and the application's own word wins`(form: Form) async throws {
        try #require(Self.isBootstrapped)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        logger[metadataKey: "worker"] = "7"
        logger[metadataKey: "request"] = "of the logger"
        logger[metadataKey: "order"] = "of the logger"
        let asked = logger
        try await withProviderSimulator { simulator in
            try await Self.$provided.withValue(["request": "of the provider", "order": "of the provider"]) {
                try await TrainLoop.with(meta: ["order": "of the application"]) {
                    try await form.load(simulator, logger: asked)
                }
            }
            let event = try await recorded(1)[0]
            #expect(event["meta", "worker"] == "7", "\(event)")
            #expect(event["meta", "request"] == "of the provider")
            #expect(event["meta", "order"] == "of the application")
        }
    }

    @Test func `a logger with a provider of its own is asked instead of the process's`() async throws {
        try #require(Self.isBootstrapped)
        let logger = Logger(label: "test", metadataProvider: Logger.MetadataProvider { ["own": "1"] })
        try await withProviderSimulator { simulator in
            try await Self.$provided.withValue(["request": "r-1"]) {
                try await Form.async.load(simulator, logger: logger)
            }
            let event = try await recorded(1)[0]
            #expect(event["meta"] == #"{"own":"1"}"#, "\(event)")
        }
    }

    @Test func `a secret in metadata is redacted as anywhere`() async throws {
        var logger = Logger(label: "test")
        logger[metadataKey: "authorization"] = "Bearer sk-abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJ"
        let asked = logger
        try await withProviderSimulator { simulator in
            try await Form.async.load(simulator, logger: asked)
            let event = try await recorded(1)[0]
            #expect(event["meta", "authorization"] != nil)
            #expect(!event.json.contains("sk-abcdef"), "\(event)")
        }
    }
}
