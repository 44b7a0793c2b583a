// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import BenchmarkSupport
import NIOCore

/// Finds the end of one answer in bytes cut anywhere.
struct ReplyReader {
    private enum State {
        case head
        /// Bytes of body still to come.
        case counted(Int)
        /// In a chunk, with its line end counted.
        case chunk(Int)
        case chunkSize
    }

    private var state = State.head
    private var received = ByteBuffer()
    /// Bytes of content in the answer so far.
    private(set) var contentByteCount = 0

    /// Takes bytes, calls `content` for each piece of the body.
    ///
    /// - Returns: whether the answer is whole; what follows is kept.
    mutating func receive(_ bytes: ByteBuffer, content: (UnsafeRawBufferPointer) -> Void) throws -> Bool {
        var bytes = bytes
        if received.readableBytes == 0 { received = bytes } else { received.writeBuffer(&bytes) }
        while true {
            switch state {
            case .head:
                guard try readHead() else { return false }
            case .counted(let left):
                let taken = take(left, content: content)
                guard taken == left else {
                    state = .counted(left - taken)
                    return false
                }
                state = .head
                return true
            case .chunkSize:
                guard let size = readChunkSize() else { return false }
                guard size > 0 else {
                    state = .head
                    return true
                }
                state = .chunk(size + 2)
            case .chunk(let left):
                let taken = take(left, content: content)
                state = taken == left ? .chunkSize : .chunk(left - taken)
                guard taken == left else { return false }
            }
        }
    }

    private mutating func take(_ count: Int, content: (UnsafeRawBufferPointer) -> Void) -> Int {
        let taken = min(count, received.readableBytes)
        received.withUnsafeReadableBytes { content(UnsafeRawBufferPointer(rebasing: $0[..<taken])) }
        received.moveReaderIndex(forwardBy: taken)
        contentByteCount += taken
        return taken
    }

    private mutating func readHead() throws -> Bool {
        let found: (byteCount: Int, isGood: Bool, length: Int?)? = received.withUnsafeReadableBytes { bytes in
            guard let count = MessageHead.byteCount(in: bytes) else { return nil }
            let head = UnsafeRawBufferPointer(rebasing: bytes[..<count])
            let isGood = head[9] == 0x32 && head[10] == 0x30 && head[11] == 0x30
            return (count, isGood, MessageHead.value(of: "content-length", in: head).flatMap { Int($0) })
        }
        guard let found else { return false }
        guard found.isGood else { throw LoadError.status(String(buffer: received)) }
        received.moveReaderIndex(forwardBy: found.byteCount)
        contentByteCount = 0
        state = found.length.map { .counted($0) } ?? .chunkSize
        return true
    }

    /// The last chunk is followed by an empty line, which is taken with it.
    private mutating func readChunkSize() -> Int? {
        let line: (byteCount: Int, size: Int)? = received.withUnsafeReadableBytes { bytes in
            guard let end = bytes.firstIndex(of: 0x0a) else { return nil }
            let digits = bytes[..<end].prefix { $0 != 0x0d && $0 != 0x3b }
            let size = Int(String(decoding: digits, as: UTF8.self), radix: 16) ?? 0
            guard size > 0 || bytes.count >= end + 3 else { return nil }
            return (size > 0 ? end + 1 : end + 3, size)
        }
        guard let line else { return nil }
        received.moveReaderIndex(forwardBy: line.byteCount)
        return line.size
    }
}
