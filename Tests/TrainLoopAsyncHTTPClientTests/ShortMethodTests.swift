// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing
import TrainLoopAsyncHTTPClient
import TrainLoopSwiftTesting
import TrainLoopTesting

/// The short forms of `execute`, which carry no headers.
@Suite(.serialized, .recordsEvents, .timeLimit(.minutes(10))) struct ShortMethodTests {
    enum ShortMethod: String, CaseIterable, Sendable {
        case get = "GET"
        case post = "POST"
        case patch = "PATCH"
        case put = "PUT"
        case delete = "DELETE"
        case any = "OPTIONS"

        var hasBody: Bool { self != .get && self != .delete }

        func load(_ url: String, _ text: String, isCaptured: Bool, deadline: NIODeadline) async -> ClientResult {
            let (bare, ours) = (HTTPClient.shared, HTTPClient.shared.capturing)
            let body = HTTPClient.Body.string(text)
            let future =
                switch (self, isCaptured) {
                case (.get, false): bare.get(url: url, deadline: deadline)
                case (.get, true): ours.get(url: url, deadline: deadline)
                case (.post, false): bare.post(url: url, body: body, deadline: deadline)
                case (.post, true): ours.post(url: url, body: body, deadline: deadline)
                case (.patch, false): bare.patch(url: url, body: body, deadline: deadline)
                case (.patch, true): ours.patch(url: url, body: body, deadline: deadline)
                case (.put, false): bare.put(url: url, body: body, deadline: deadline)
                case (.put, true): ours.put(url: url, body: body, deadline: deadline)
                case (.delete, false): bare.delete(url: url, deadline: deadline)
                case (.delete, true): ours.delete(url: url, deadline: deadline)
                case (.any, false): bare.execute(.OPTIONS, url: url, body: body, deadline: deadline)
                case (.any, true): ours.execute(.OPTIONS, url: url, body: body, deadline: deadline)
                }
            return await ClientResult(of: future)
        }
    }

    @Test(arguments: ShortMethod.allCases)
    func `a short form sends what the client's own sends, and is recorded`(method: ShortMethod) async throws {
        try await withProviderSimulator { simulator in
            let text = simulator.chat("Hi", isStreamed: false)
            let deadline = NIODeadline.now() + .seconds(30)
            let bare = await method.load(simulator.url, text, isCaptured: false, deadline: deadline)
            let ours = await method.load(simulator.url, text, isCaptured: true, deadline: deadline)
            #expect(ours == bare)
            // Nobody who has no key is answered.
            #expect(bare.status == 401)
            let sent = simulator.requests.suffix(2)
            #expect(sent.map(\.method) == [method.rawValue, method.rawValue])
            #expect(sent.allSatisfy { $0.body == Array((method.hasBody ? text : "").utf8) })
            let fields = sent.map { $0.fields.map { "\($0.name): \($0.value)" } }
            #expect(fields[0] == fields[1])
            let event = try await recorded(1)[0]
            #expect(event["http", "method"] == method.rawValue, "\(event)")
            #expect(event["location", "file"]?.hasSuffix("ShortMethodTests.swift") == true)
        }
    }

    @Test(arguments: ShortMethod.allCases)
    func `the deadline of a short form is kept`(method: ShortMethod) async throws {
        try await withProviderSimulator { simulator in
            let text = simulator.chat("Hi", isStreamed: false)
            let bare = await method.load(simulator.url, text, isCaptured: false, deadline: .now())
            let ours = await method.load(simulator.url, text, isCaptured: true, deadline: .now())
            #expect(ours == bare)
            #expect(bare.error?.hasPrefix("HTTPClientError") == true)
            let event = try await recorded(1)[0]
            #expect(event["error", "type"] == "timeout", "\(event)")
        }
    }

    @Test func `a URL that is none fails as it does without us`() async throws {
        let bare = await ShortMethod.any.load("", "", isCaptured: false, deadline: .now() + .seconds(30))
        let ours = await ShortMethod.any.load("", "", isCaptured: true, deadline: .now() + .seconds(30))
        #expect(ours == bare && bare.error != nil)
        _ = try await recorded(0)
    }

    @Test(arguments: [false, true])
    func `a call by a socket passes through`(isSecure: Bool) async throws {
        let path = "/tmp/trainloop-\(UInt32.random(in: 0 ... .max)).socket"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let server = try await ServerBootstrap(group: HTTPClient.defaultEventLoopGroup)
            .childChannelInitializer { channel in
                channel.pipeline.configureHTTPServerPipeline().flatMapThrowing {
                    try channel.pipeline.syncOperations.addHandler(EchoHandler())
                }
            }
            .bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
        // The server does not speak TLS: a handshake fails, and is not tried again.
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(configuration: configuration)
        let (bare, ours) = (client, client.capturing)
        let body = HTTPClient.Body.string("Hi")
        let futures =
            isSecure
            ? [
                bare.execute(.PUT, secureSocketPath: path, urlPath: "/a", body: body),
                ours.execute(.PUT, secureSocketPath: path, urlPath: "/a", body: body),
            ]
            : [
                bare.execute(.PUT, socketPath: path, urlPath: "/a", body: body),
                ours.execute(.PUT, socketPath: path, urlPath: "/a", body: body),
            ]
        let results = [await ClientResult(of: futures[0]), await ClientResult(of: futures[1])]
        #expect(results[0] == results[1])
        #expect(results[0].bytes == Array((isSecure ? "" : "PUT /a Hi").utf8), "\(results[0])")
        #expect((results[0].error != nil) == isSecure)
        _ = try await recorded(0)
        try await server.close()
        try await client.shutdown()
    }
}

extension ClientResult {
    init(of future: EventLoopFuture<HTTPClient.Response>) async {
        do {
            let response = try await future.get()
            self.init(response.body, response.status, response.headers)
        } catch {
            self.init(error)
        }
    }
}

/// Answers with the method, the target and the body of the request.
private final class EchoHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private var answer = ByteBuffer()

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): answer = ByteBuffer(string: "\(head.method.rawValue) \(head.uri) ")
        case .body(let buffer): answer.writeImmutableBuffer(buffer)
        case .end:
            let headers: HTTPHeaders = ["Content-Length": "\(answer.readableBytes)"]
            context.write(
                wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .ok, headers: headers))), promise: nil
            )
            context.write(wrapOutboundOut(.body(.byteBuffer(answer))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
