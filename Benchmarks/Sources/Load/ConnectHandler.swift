// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import BenchmarkSupport
import NIOCore
import NIOSSL

/// Asks a proxy for a tunnel, then makes room for TLS.
final class ConnectHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let request: ByteBuffer
    private let tls: NIOSSLContext
    private let serverName: String
    private var received = ByteBuffer()

    init(request: ByteBuffer, tls: NIOSSLContext, serverName: String) {
        self.request = request
        self.tls = tls
        self.serverName = serverName
    }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(request), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        received.writeBuffer(&bytes)
        let isWhole = received.withUnsafeReadableBytes { MessageHead.byteCount(in: $0) != nil }
        guard isWhole else { return }
        guard received.getString(at: received.readerIndex, length: 12)?.hasSuffix(" 200") == true else {
            context.fireErrorCaught(LoadError.refused(String(buffer: received)))
            return
        }
        do {
            let handler = try NIOSSLClientHandler(context: tls, serverHostname: serverName)
            try context.pipeline.syncOperations.addHandler(handler, position: .after(self))
            context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        } catch {
            context.fireErrorCaught(error)
        }
    }
}

enum LoadError: Error {
    /// The proxy did not open a tunnel; its answer.
    case refused(String)
    /// Not a status 200.
    case status(String)
    /// The connection ended before the answer was whole.
    case cut
}
