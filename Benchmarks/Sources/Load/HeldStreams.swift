// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import BenchmarkSupport
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS

/// Opens many streams and holds them, so that the memory of what stands between can be read.
struct HeldStreams: Sendable {
    /// Handshakes under way at a time.
    private static let width = 32

    var way: Way
    var request: ByteBuffer
    var group: MultiThreadedEventLoopGroup

    /// Returns when stdin ends.
    func hold(_ count: Int) async throws {
        let loop = group.next()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for number in 0..<count {
                if number >= Self.width { try await tasks.next() }
                tasks.addTask {
                    let first = loop.makePromise(of: Void.self)
                    let way = way
                    let request = request
                    way.connect(on: loop) {
                        HeldStreamHandler(way: way, request: request, first: first)
                    }.cascadeFailure(to: first)
                    try await first.futureResult.get()
                }
            }
            try await tasks.waitForAll()
        }
        var report = Report()
        report.add("open", count)
        say("READY \(report.line)")
        while readLine() != nil {}
    }
}

/// Asks for a stream, tells of its first event, and reads on.
private final class HeldStreamHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let request: ByteBuffer
    private let waitsForTLS: Bool
    private var first: EventLoopPromise<Void>?

    init(way: Way, request: ByteBuffer, first: EventLoopPromise<Void>) {
        self.request = request
        self.first = first
        waitsForTLS = way.tls != nil
    }

    func channelActive(context: ChannelHandlerContext) {
        if !waitsForTLS { context.writeAndFlush(wrapOutboundOut(request), promise: nil) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case TLSUserEvent.handshakeCompleted = event else { return }
        context.writeAndFlush(wrapOutboundOut(request), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        bytes.withUnsafeReadableBytes { SendTime.forEach(in: $0) { _ in resolve(.success(())) } }
    }

    func channelInactive(context: ChannelHandlerContext) {
        resolve(.failure(LoadError.cut))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        resolve(.failure(error))
        context.close(promise: nil)
    }

    private func resolve(_ result: Result<Void, any Error>) {
        first?.completeWith(result)
        first = nil
    }
}
