// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import TrainLoopCore

/// A small HTTP/1.1 client that obeys the proxy and trust variables as most clients do: for tests, and for the demo.
///
/// One connection a request. Not for use against the open internet: it follows no redirects and sets no time-outs.
public struct LoopbackHTTPClient: Sendable {
    /// What a server answered.
    public struct Response: Sendable {
        /// Such as 200.
        public var status: Int
        /// In the order and case in which they came.
        public var fields: [(name: String, value: String)]
        /// Without its transfer coding; a content coding stays on.
        public var body: [UInt8]
        /// Whether the body was whole by its own framing.
        public var isComplete: Bool

        /// The body as text.
        public var text: String { String(decoding: body, as: UTF8.self) }
    }

    /// Why there was no response.
    public struct Failure: Error, CustomStringConvertible {
        /// What went wrong.
        public var description: String
    }

    private let environment: [String: String]

    /// - Parameter environment: `HTTPS_PROXY`, `HTTP_PROXY` and `SSL_CERT_FILE` are obeyed.
    public init(environment: [String: String] = [:]) {
        self.environment = environment
    }

    /// Sends a request and reads the whole response.
    ///
    /// - Parameters:
    ///   - method: such as `POST`.
    ///   - url: `http` or `https`.
    ///   - fields: sent beside `Host` and `Content-Length`.
    ///   - body: the whole content.
    ///   - onChunk: is given each piece of the response's body as it arrives.
    /// - Throws: `Failure` when no response could be had.
    public func request(
        _ method: String, _ url: String, fields: [(String, String)] = [], body: [UInt8] = [],
        onChunk: (@Sendable ([UInt8]) -> Void)? = nil
    ) async throws -> Response {
        guard let target = Address(url: url) else { throw Failure(description: "no http or https URL: \(url)") }
        let proxy = (environment[target.isSecure ? "HTTPS_PROXY" : "HTTP_PROXY"]).flatMap { Address(url: $0) }
        let group = MultiThreadedEventLoopGroup.singleton
        let tls = target.isSecure ? try tlsContext() : nil
        let promise = group.any().makePromise(of: Response.self)
        var head = HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: method),
            uri: proxy != nil && !target.isSecure ? url : target.path)
        head.headers = HTTPHeaders(fields)
        head.headers.replaceOrAdd(name: "Host", value: target.authority)
        head.headers.replaceOrAdd(name: "Content-Length", value: "\(body.count)")
        if let authorization = proxy?.authorization, !target.isSecure {
            head.headers.add(name: "Proxy-Authorization", value: authorization)
        }
        let request = Request(head: head, body: body, onChunk: onChunk, promise: promise)
        let connected = ClientBootstrap(group: group)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let proxy, target.isSecure else { return try Self.prepare(channel, tls, target, request) }
                    try channel.pipeline.syncOperations.addHandler(
                        TunnelHandler(target.authority(withPort: true), proxy.authorization, promise) {
                            try Self.prepare(channel, tls, target, request)
                        })
                }
            }
            .connect(host: (proxy ?? target).host, port: (proxy ?? target).port)
        connected.whenFailure { promise.fail($0) }
        let channel = try await connected.get()
        channel.closeFuture.whenComplete { _ in promise.fail(Failure(description: "the connection was closed")) }
        let response = try await promise.futureResult.get()
        channel.close(promise: nil)
        return response
    }

    private func tlsContext() throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let file = environment["SSL_CERT_FILE"] { configuration.trustRoots = .file(file) }
        configuration.applicationProtocols = ["http/1.1"]
        return try NIOSSLContext(configuration: configuration)
    }

    private static func prepare(
        _ channel: any Channel, _ tls: NIOSSLContext?, _ target: Address, _ request: Request
    ) throws {
        let pipeline = channel.pipeline.syncOperations
        if let tls { try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: target.serverName)) }
        try pipeline.addHTTPClientHandlers()
        try pipeline.addHandler(ResponseHandler(request))
    }
}

/// Where a URL leads, and with which credentials.
private struct Address: Sendable {
    var isSecure: Bool
    var host: String
    var port: Int
    var path: String
    var authorization: String?

    init?(url: String) {
        isSecure = url.hasPrefix("https://")
        guard isSecure || url.hasPrefix("http://") else { return nil }
        var rest = url.dropFirst(isSecure ? 8 : 7)
        let authority = rest.prefix { $0 != "/" }
        path = authority.endIndex == rest.endIndex ? "/" : String(rest[authority.endIndex...])
        rest = authority
        if let at = rest.lastIndex(of: "@") {
            authorization = "Basic \(Base64.encode(Array(rest[..<at].utf8)))"
            rest = rest[rest.index(after: at)...]
        }
        port = isSecure ? 443 : 80
        if let colon = rest.lastIndex(of: ":"), let number = Int(rest[rest.index(after: colon)...]) {
            port = number
            rest = rest[..<colon]
        }
        host = String(rest)
    }

    var authority: String { authority(withPort: port != (isSecure ? 443 : 80)) }

    func authority(withPort: Bool) -> String { withPort ? "\(host):\(port)" : host }

    /// TLS names hosts, not addresses.
    var serverName: String? { host.allSatisfy { $0.isNumber || $0 == "." } ? nil : host }
}

private struct Request: Sendable {
    var head: HTTPRequestHead
    var body: [UInt8]
    var onChunk: (@Sendable ([UInt8]) -> Void)?
    var promise: EventLoopPromise<LoopbackHTTPClient.Response>
}

/// Asks a proxy for a tunnel, then makes way.
private final class TunnelHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let authority: String
    private let authorization: String?
    private let promise: EventLoopPromise<LoopbackHTTPClient.Response>
    private let next: () throws -> Void
    private var answer = ""

    init(
        _ authority: String, _ authorization: String?, _ promise: EventLoopPromise<LoopbackHTTPClient.Response>,
        next: @escaping () throws -> Void
    ) {
        self.authority = authority
        self.authorization = authorization
        self.promise = promise
        self.next = next
    }

    func channelActive(context: ChannelHandlerContext) {
        var text = "CONNECT \(authority) HTTP/1.1\r\nHost: \(authority)\r\n"
        if let authorization { text += "Proxy-Authorization: \(authorization)\r\n" }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text + "\r\n")), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        answer += String(buffer: unwrapInboundIn(data))
        guard answer.contains("\r\n\r\n") else { return }
        guard answer.hasPrefix("HTTP/1.1 200") || answer.hasPrefix("HTTP/1.0 200") else {
            promise.fail(LoopbackHTTPClient.Failure(description: "the proxy answered: \(answer)"))
            return context.close(promise: nil)
        }
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
        do {
            try next()
        } catch {
            promise.fail(error)
        }
    }
}

/// Sends one request and gathers its response.
private final class ResponseHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let request: Request
    private var response: LoopbackHTTPClient.Response?

    init(_ request: Request) {
        self.request = request
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { send(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        send(context)
    }

    private func send(_ context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(.head(request.head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: request.body)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            response = LoopbackHTTPClient.Response(
                status: Int(head.status.code), fields: head.headers.map { ($0.name, $0.value) }, body: [],
                isComplete: false)
        case .body(let buffer):
            let bytes = Array(buffer.readableBytesView)
            response?.body += bytes
            request.onChunk?(bytes)
        case .end:
            response?.isComplete = true
            if let response { request.promise.succeed(response) }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if let response { request.promise.succeed(response) }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let response { request.promise.succeed(response) } else { request.promise.fail(error) }
        context.close(promise: nil)
    }
}
