// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The three lengths and checksums at the start of every message of an AWS event stream.
///
/// Source: https://docs.aws.amazon.com/transcribe/latest/dg/event-stream.html
struct EventStreamPrelude {
    static let byteCount = 12

    /// Bytes of the whole message: prelude, headers, payload, checksum.
    let messageByteCount: Int
    let headersByteCount: Int

    /// Nil unless twelve bytes begin with a prelude whose checksum is right and whose lengths agree.
    init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.count >= Self.byteCount else { return nil }
        // Messages are smaller than 16 MiB by the standard, so that most bytes need no checksum to be refused.
        guard bytes[0] == 0 else { return nil }
        messageByteCount = Int(Self.integer(bytes, at: 0))
        headersByteCount = Int(Self.integer(bytes, at: 4))
        guard headersByteCount &+ Self.byteCount &+ 4 <= messageByteCount else { return nil }
        var checksum = CRC32()
        checksum.update(UnsafeBufferPointer(rebasing: bytes[..<8]))
        guard checksum.value == Self.integer(bytes, at: 8) else { return nil }
    }

    /// Four bytes, the highest first; zero beyond the end.
    static func integer(_ bytes: UnsafeBufferPointer<UInt8>, at position: Int) -> UInt32 {
        guard position >= 0, position &+ 4 <= bytes.count else { return 0 }
        var value: UInt32 = 0
        for offset in 0..<4 { value = value << 8 | UInt32(bytes[position &+ offset]) }
        return value
    }
}

/// The headers of an event stream message that say what it is; their bytes live as long as the message's.
struct EventStreamHeaders {
    typealias Bytes = UnsafeBufferPointer<UInt8>

    private(set) var messageType = Bytes(start: nil, count: 0)
    private(set) var eventType = Bytes(start: nil, count: 0)
    private(set) var exceptionType = Bytes(start: nil, count: 0)
    private(set) var errorCode = Bytes(start: nil, count: 0)
    private(set) var errorMessage = Bytes(start: nil, count: 0)

    /// Nil for headers that do not fill their bytes exactly, or of an unknown type.
    init?(_ bytes: Bytes) {
        var index = 0
        while index < bytes.count {
            let nameStart = index &+ 1
            let nameEnd = nameStart &+ Int(bytes[index])
            guard nameEnd < bytes.count else { return nil }
            let type = bytes[nameEnd]
            index = nameEnd &+ 1
            let length: Int
            if type == 6 || type == 7 {
                guard index &+ 2 <= bytes.count else { return nil }
                length = Int(bytes[index]) << 8 | Int(bytes[index &+ 1])
                index &+= 2
            } else {
                guard let fixed = Self.length(ofType: type) else { return nil }
                length = fixed
            }
            guard index &+ length <= bytes.count else { return nil }
            if type == 7 {
                take(Bytes(rebasing: bytes[nameStart..<nameEnd]), Bytes(rebasing: bytes[index..<(index &+ length)]))
            }
            index &+= length
        }
    }

    /// Bytes of a value whose length its type tells: booleans, integers, a time, a UUID.
    private static func length(ofType type: UInt8) -> Int? {
        switch type {
        case 0, 1: 0
        case 2: 1
        case 3: 2
        case 4: 4
        case 5, 8: 8
        case 9: 16
        default: nil
        }
    }

    private mutating func take(_ name: Bytes, _ value: Bytes) {
        if ASCII.isEqual(name, ":message-type") {
            messageType = value
        } else if ASCII.isEqual(name, ":event-type") {
            eventType = value
        } else if ASCII.isEqual(name, ":exception-type") {
            exceptionType = value
        } else if ASCII.isEqual(name, ":error-code") {
            errorCode = value
        } else if ASCII.isEqual(name, ":error-message") {
            errorMessage = value
        }
    }
}
