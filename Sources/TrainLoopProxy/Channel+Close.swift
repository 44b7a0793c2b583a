// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import NIOCore
import NIOSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension Channel {
    /// Closes behind what has been written, also while the other side is still sending.
    ///
    /// A socket that is closed with unread bytes in it is reset, and the other side may lose an answer that it has not
    /// read yet (RFC 9112, 9.6). So only our direction ends; what comes until the other side ends too, for 30 s at most, is
    /// read, and left to the pipeline's handlers to throw away.
    func lingeringClose() {
        // First of all reading: who cannot send on may never come to read.
        let ended = setOption(.autoRead, value: true)
            .flatMap { self.writeAndFlush(ByteBuffer()) }
            .flatMap { self.close(mode: .output) }
        ended.whenFailure { _ in self.close(promise: nil) }
        ended.whenSuccess {
            self.close(within: .seconds(30))
        }
    }

    /// Closes after some time, if it is still open then.
    func close(within time: TimeAmount) {
        let patience = eventLoop.scheduleTask(in: time) { self.close(promise: nil) }
        closeFuture.whenComplete { _ in patience.cancel() }
    }

    /// Closes behind what has been written as another connection was broken off: by a reset, or without TLS's farewell.
    ///
    /// On the channel's event loop.
    func breakOff(as error: any Error) {
        writeAndFlush(ByteBuffer()).assumeIsolated().whenComplete { _ in
            let tls = try? self.pipeline.syncOperations.context(handlerType: NIOSSLServerHandler.self)
            // Some clients take an end without a farewell for an end, but none a reset. Without TLS there is no farewell.
            if case NIOSSLError.uncleanShutdown = error {
                if let tls { tls.close(promise: nil) } else { self.close(promise: nil) }
                return
            }
            let isSet = (self as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
            (isSet ?? self.eventLoop.makeSucceededVoidFuture()).assumeIsolated().whenComplete { _ in
                if let tls { tls.close(promise: nil) } else { self.close(promise: nil) }
            }
        }
    }
}
