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

/// The headers of an event stream message, looked up by name; their bytes live as long as the message's.
struct EventStreamHeaders {
    typealias Bytes = UnsafeBufferPointer<UInt8>

    private let bytes: Bytes

    /// Nil for headers that do not fill their bytes exactly, or of an unknown type.
    init?(_ bytes: Bytes) {
        self.bytes = bytes
        var index = 0
        while index < bytes.count {
            guard let header = Header(bytes, at: index) else { return nil }
            index = header.value.upperBound
        }
    }

    /// The value of the last header of that name, when it is a string; else empty.
    subscript(name: StaticString) -> Bytes {
        var found = Bytes(start: nil, count: 0)
        var index = 0
        while index < bytes.count, let header = Header(bytes, at: index) {
            if header.isString, ASCII.isEqual(bytes[header.name], name) { found = Bytes(rebasing: bytes[header.value]) }
            index = header.value.upperBound
        }
        return found
    }

    /// Where one header lies: a length and a name, a type, and a value whose length the type tells or which begins with it.
    private struct Header {
        let name: Range<Int>
        let value: Range<Int>
        let isString: Bool

        init?(_ bytes: Bytes, at start: Int) {
            let nameEnd = start &+ 1 &+ Int(bytes[start])
            guard nameEnd < bytes.count else { return nil }
            name = (start &+ 1)..<nameEnd
            isString = bytes[nameEnd] == 7
            var valueStart = nameEnd &+ 1
            let length: Int
            if isString || bytes[nameEnd] == 6 {
                guard valueStart &+ 2 <= bytes.count else { return nil }
                length = Int(bytes[valueStart]) << 8 | Int(bytes[valueStart &+ 1])
                valueStart &+= 2
            } else {
                guard let fixed = Self.length(ofType: bytes[nameEnd]) else { return nil }
                length = fixed
            }
            guard valueStart &+ length <= bytes.count else { return nil }
            value = valueStart..<(valueStart &+ length)
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
    }
}
