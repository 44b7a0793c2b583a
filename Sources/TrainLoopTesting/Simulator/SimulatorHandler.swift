// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import NIOCore
import NIOHTTP1

/// One connection to the simulator: gathers requests, plays replies, one after the other.
///
/// Requests that come before the last one is answered (pipelined) wait for their turn.
final class SimulatorHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = ByteBuffer

    /// Requests that may wait on one connection.
    private static let maximumWaitingCount = 100

    private let receive: @Sendable (SimulatedRequest, _ isLast: Bool, _ isOld: Bool) -> SimulatedReply
    private var request: SimulatedRequest?
    private var isLast = false
    private var isOld = false
    private var isPlaying = false
    private var waiting: [SimulatedReply] = []

    /// - Parameter receive: takes a request, whether it is the connection's last and whether it is of HTTP/1.0.
    init(receive: @escaping @Sendable (SimulatedRequest, _ isLast: Bool, _ isOld: Bool) -> SimulatedReply) {
        self.receive = receive
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            isOld = head.version.major < 1 || (head.version.major == 1 && head.version.minor == 0)
            isLast = isOld || !head.isKeepAlive
            request = SimulatedRequest(
                method: head.method.rawValue, path: head.uri, fields: head.headers.map { ($0.name, $0.value) }, body: []
            )
            if request?.field("expect")?.lowercased() == "100-continue" {
                let interim = context.channel.allocator.buffer(string: "HTTP/1.1 100 Continue\r\n\r\n")
                context.writeAndFlush(wrapOutboundOut(interim), promise: nil)
            }
        case .body(let buffer):
            request?.body += buffer.readableBytesView
        case .end:
            guard let request else { return }
            self.request = nil
            let reply = receive(request, isLast, isOld)
            guard isPlaying else { return play(reply, context.channel) }
            guard waiting.count < Self.maximumWaitingCount else { return context.close(promise: nil) }
            waiting.append(reply)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // What is no HTTP is told so; never in the midst of another reply.
        guard error is HTTPParserError, !isPlaying else { return context.close(promise: nil) }
        let refusal = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(string: refusal)))
            .whenComplete { _ in channel.close(promise: nil) }
    }

    private func play(_ reply: SimulatedReply, _ channel: any Channel) {
        isPlaying = true
        channel.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(Int64(reply.headDelay))) {
            self.play(reply, reply.wirePieces[...], sent: 0, channel)
        }
    }

    private func play(_ reply: SimulatedReply, _ pieces: ArraySlice<[UInt8]>, sent: Int, _ channel: any Channel) {
        var pieces = pieces
        var sent = sent
        while channel.isActive {
            if sent == reply.cutAfterPieces { return channel.close(promise: nil) }
            guard let piece = pieces.popFirst() else {
                if reply.framing == .untilClose || reply.isLast {
                    channel.writeAndFlush(ByteBuffer()).whenComplete { _ in channel.close(promise: nil) }
                    return
                }
                isPlaying = false
                if !waiting.isEmpty { play(waiting.removeFirst(), channel) }
                return
            }
            sent += 1
            // The next piece waits for this one to be taken: a slow reader does not fill our memory.
            let written = channel.writeAndFlush(ByteBuffer(bytes: piece)).assumeIsolated()
            guard reply.pieceDelay == 0 || sent == 1 else {
                let rest = pieces
                channel.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(Int64(reply.pieceDelay))) {
                    self.play(reply, rest, sent: sent, channel)
                }
                return
            }
            if !channel.isWritable || sent == reply.cutAfterPieces {
                let rest = pieces
                written.whenSuccess { self.play(reply, rest, sent: sent, channel) }
                return
            }
        }
    }
}
