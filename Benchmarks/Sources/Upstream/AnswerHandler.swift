// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import BenchmarkSupport
import NIOCore

/// Answers one request after the other on a connection.
final class AnswerHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What a request asks for.
    private enum Wish {
        case whole(ByteBuffer)
        case stream(events: Int, millisecondsApart: Int64)
    }

    private let answers: Answers
    private var received = ByteBuffer()
    private var timer: RepeatedTask?
    private var eventsLeft = 0

    init(answers: Answers) {
        self.answers = answers
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if received.readableBytes == 0 { received = bytes } else { received.writeBuffer(&bytes) }
        while let wish = takeRequest() { answer(wish, context: context) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    /// Takes a whole request, head and body, or nothing.
    private func takeRequest() -> Wish? {
        guard received.readableBytes > 0 else { return nil }
        let request: (byteCount: Int, wish: Wish)? = received.withUnsafeReadableBytes { bytes in
            guard let headCount = MessageHead.byteCount(in: bytes) else { return nil }
            let head = UnsafeRawBufferPointer(rebasing: bytes[..<headCount])
            let bodyCount = MessageHead.value(of: "content-length", in: head).flatMap { Int($0) } ?? 0
            guard bytes.count >= headCount + bodyCount else { return nil }
            return (headCount + bodyCount, wish(MessageHead.value(of: "x-bench", in: head) ?? "tiny"))
        }
        guard let request else { return nil }
        received.moveReaderIndex(forwardBy: request.byteCount)
        return request.wish
    }

    /// - Parameter text: `tiny`, `chat`, `big`, or `sse` with the number of events and the milliseconds between them,
    ///   such as `sse 20 5`.
    private func wish(_ text: String) -> Wish {
        let words = text.split(separator: " ")
        switch words.first {
        case "chat": return .whole(answers.chat)
        case "big": return .whole(answers.big)
        case "sse" where words.count == 3:
            return .stream(events: Int(words[1]) ?? 1, millisecondsApart: Int64(words[2]) ?? 1)
        default: return .whole(answers.tiny)
        }
    }

    private func answer(_ wish: Wish, context: ChannelHandlerContext) {
        switch wish {
        case .whole(let bytes):
            context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        case .stream(let count, let millisecondsApart):
            stream(count, millisecondsApart: millisecondsApart, context: context)
        }
    }

    /// The first event comes with the head; all of them do where there is no time between them.
    private func stream(_ count: Int, millisecondsApart: Int64, context: ChannelHandlerContext) {
        guard millisecondsApart > 0 else {
            context.writeAndFlush(wrapOutboundOut(answers.stream(count)), promise: nil)
            return
        }
        context.write(wrapOutboundOut(answers.streamHead), promise: nil)
        context.writeAndFlush(wrapOutboundOut(answers.event(now: Monotonic.now())), promise: nil)
        eventsLeft = count - 1
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let answers = answers
        timer = context.eventLoop.scheduleRepeatedTask(
            initialDelay: .milliseconds(millisecondsApart), delay: .milliseconds(millisecondsApart)
        ) { task in
            let (handler, context) = bound.value
            guard handler.eventsLeft > 0 else {
                task.cancel()
                handler.timer = nil
                context.writeAndFlush(handler.wrapOutboundOut(answers.streamEnd), promise: nil)
                return
            }
            handler.eventsLeft -= 1
            context.writeAndFlush(handler.wrapOutboundOut(answers.event(now: Monotonic.now())), promise: nil)
        }
    }
}
