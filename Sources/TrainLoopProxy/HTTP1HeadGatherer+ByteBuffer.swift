// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import NIOCore
import TrainLoopCore

extension HTTP1HeadGatherer {
    /// Takes what belongs to the head; what follows it is left in the buffer.
    mutating func gather(_ buffer: inout ByteBuffer) -> Outcome {
        let (taken, outcome) = buffer.withUnsafeReadableBytes { gather($0) }
        buffer.moveReaderIndex(forwardBy: taken)
        return outcome
    }
}
