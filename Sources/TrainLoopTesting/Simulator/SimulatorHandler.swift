// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import NIOCore
import NIOHTTP1

/// One connection to the simulator: gathers requests, plays replies, one after the other.
final class SimulatorHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = ByteBuffer

    private let receive: @Sendable (SimulatedRequest) -> Int
    private var request: SimulatedRequest?
    private var expectsContinue = false

    init(receive: @escaping @Sendable (SimulatedRequest) -> Int) {
        self.receive = receive
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
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
            let number = receive(request)
            play(SimulatedRouter.reply(request, number: number), context.channel)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func play(_ reply: SimulatedReply, _ channel: any Channel) {
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
                channel.flush()
                if reply.framing == .untilClose {
                    channel.writeAndFlush(ByteBuffer()).whenComplete { _ in channel.close(promise: nil) }
                }
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
