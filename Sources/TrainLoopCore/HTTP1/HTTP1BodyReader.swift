// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// How the end of a message's body is known (RFC 9112, 6.3).
package enum HTTP1Framing: Equatable, Sendable {
    case none
    case length(UInt64)
    case chunked
    case untilClose

    /// The framing of a request, or nil when two readers could disagree about it.
    package static func ofRequest(_ head: HTTP1Head) -> HTTP1Framing? {
        let codings = head.values("transfer-encoding")
        let lengths = head.values("content-length")
        guard codings.isEmpty else {
            guard lengths.isEmpty, isChunkedLast(codings) else { return nil }
            return .chunked
        }
        guard !lengths.isEmpty else { return HTTP1Framing.none }
        return length(lengths).map { .length($0) }
    }

    /// The framing of a final response, or nil when its lengths contradict each other.
    ///
    /// - Parameter method: the request's.
    package static func ofResponse(_ head: HTTP1Head, status: UInt16, method: [UInt8]) -> HTTP1Framing? {
        if status < 200 || status == 204 || status == 304 || method == Array("HEAD".utf8) { return HTTP1Framing.none }
        let codings = head.values("transfer-encoding")
        guard codings.isEmpty else { return isChunkedLast(codings) ? .chunked : .untilClose }
        let lengths = head.values("content-length")
        guard !lengths.isEmpty else { return .untilClose }
        return length(lengths).map { .length($0) }
    }

    private static func isChunkedLast(_ codings: [[UInt8]]) -> Bool {
        let last = codings.last?.split(separator: 0x2c).last ?? []
        return ASCII.isEqualIgnoringCase(ASCII.trimmed(Array(last)), "chunked")
    }

    private static func length(_ values: [[UInt8]]) -> UInt64? {
        let numbers = values.flatMap { value in
            value.split(separator: 0x2c, omittingEmptySubsequences: false).map { number(ASCII.trimmed(Array($0))) }
        }
        guard let first = numbers.first, let length = first, numbers.allSatisfy({ $0 == length }) else { return nil }
        return length
    }

    private static func number(_ digits: [UInt8]) -> UInt64? {
        guard 1...18 ~= digits.count, digits.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
        return digits.reduce(0) { $0 &* 10 &+ UInt64($1 &- 0x30) }
    }
}

/// Follows a body through its framing and tells where it ends, without holding any of it.
package struct HTTP1BodyReader: Sendable {
    private enum State: Equatable, Sendable {
        case length(UInt64)
        case untilClose
        /// The hexadecimal digits of a chunk's size; `digits` counts them.
        case chunkSize(UInt64, digits: Int)
        case chunkExtension(UInt64)
        case chunkData(UInt64)
        /// The line end behind a chunk's data.
        case chunkEnd
        /// Trailers, until an empty line; `isLineEmpty` until the line has a byte.
        case trailers(isLineEmpty: Bool)
        case complete
        case invalid
    }

    private var state: State

    package init(_ framing: HTTP1Framing) {
        switch framing {
        case .none, .length(0): state = .complete
        case .length(let count): state = .length(count)
        case .chunked: state = .chunkSize(0, digits: 0)
        case .untilClose: state = .untilClose
        }
    }

    package var isComplete: Bool { state == .complete }
    /// True when the framing is broken: nobody can tell where the message ends.
    package var isInvalid: Bool { state == .invalid }
    /// True when the end of the connection is the end of the body.
    package var endsWithConnection: Bool { state == .untilClose }

    /// Reads on.
    ///
    /// - Parameter content: is given the ranges of `bytes` that are content, in order.
    /// - Returns: how many bytes belong to this message; fewer than given only when it is complete or invalid.
    package mutating func read(_ bytes: UnsafeRawBufferPointer, content: (Range<Int>) -> Void) -> Int {
        var position = 0
        while position < bytes.count {
            switch state {
            case .complete, .invalid: return position
            case .untilClose:
                content(position..<bytes.count)
                return bytes.count
            case .length(let remaining):
                position = take(remaining, bytes, position, content) { $0 == 0 ? .complete : .length($0) }
            case .chunkData(let remaining):
                position = take(remaining, bytes, position, content) { $0 == 0 ? .chunkEnd : .chunkData($0) }
            default:
                state = after(bytes[position])
                position += 1
            }
        }
        return position
    }

    private mutating func take(
        _ remaining: UInt64, _ bytes: UnsafeRawBufferPointer, _ position: Int, _ content: (Range<Int>) -> Void,
        next: (UInt64) -> State
    ) -> Int {
        let count = Int(min(remaining, UInt64(bytes.count - position)))
        content(position..<position + count)
        state = next(remaining - UInt64(count))
        return position + count
    }

    /// The state behind one byte of framing.
    private func after(_ byte: UInt8) -> State {
        switch (state, byte) {
        case (.chunkSize(let size, let digits), _):
            if let digit = Self.hexadecimalValue(byte) {
                // Zeros before it do not make it large.
                return size >> 56 == 0 ? .chunkSize(size << 4 | digit, digits: digits + 1) : .invalid
            }
            guard digits > 0 else { return .invalid }
            return byte == 0x0a ? Self.chunk(size) : .chunkExtension(size)
        case (.chunkExtension(let size), 0x0a): return Self.chunk(size)
        case (.chunkExtension, _): return state
        case (.chunkEnd, 0x0d): return .chunkEnd
        case (.chunkEnd, 0x0a): return .chunkSize(0, digits: 0)
        case (.trailers(true), 0x0a): return .complete
        case (.trailers(let isLineEmpty), 0x0d): return .trailers(isLineEmpty: isLineEmpty)
        case (.trailers, 0x0a): return .trailers(isLineEmpty: true)
        case (.trailers, _): return .trailers(isLineEmpty: false)
        default: return .invalid
        }
    }

    private static func chunk(_ size: UInt64) -> State {
        size == 0 ? .trailers(isLineEmpty: true) : .chunkData(size)
    }

    private static func hexadecimalValue(_ byte: UInt8) -> UInt64? {
        switch byte {
        case 0x30...0x39: UInt64(byte - 0x30)
        case 0x41...0x46: UInt64(byte - 0x41 + 10)
        case 0x61...0x66: UInt64(byte - 0x61 + 10)
        default: nil
        }
    }
}
