// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import NIOCore

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
            let patience = self.eventLoop.scheduleTask(in: .seconds(30)) { self.close(promise: nil) }
            self.closeFuture.whenComplete { _ in patience.cancel() }
        }
    }
}
