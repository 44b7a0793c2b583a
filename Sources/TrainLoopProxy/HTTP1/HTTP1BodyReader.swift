// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// How the end of a message's body is known (RFC 9112, 6.3).
enum HTTP1Framing: Equatable {
    case none
    case length(UInt64)
    case chunked
    case untilClose

    /// The framing of a request, or nil when two readers could disagree about it.
    static func ofRequest(_ head: HTTP1Head) -> HTTP1Framing? {
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
    static func ofResponse(_ head: HTTP1Head, status: UInt16, method: [UInt8]) -> HTTP1Framing? {
        if status < 200 || status == 204 || status == 304 || method == Array("HEAD".utf8) { return HTTP1Framing.none }
        let codings = head.values("transfer-encoding")
        guard codings.isEmpty else { return isChunkedLast(codings) ? .chunked : .untilClose }
        let lengths = head.values("content-length")
        guard !lengths.isEmpty else { return .untilClose }
        return length(lengths).map { .length($0) }
    }

    private static func isChunkedLast(_ codings: [[UInt8]]) -> Bool {
        let last = codings.last?.split(separator: 0x2c).last ?? []
        return String(decoding: last, as: UTF8.self).lowercased().filter { $0 != " " && $0 != "\t" } == "chunked"
    }

    private static func length(_ values: [[UInt8]]) -> UInt64? {
        // The usual one: a single number, short enough not to overflow.
        if values.count == 1, 1...18 ~= values[0].count, values[0].allSatisfy({ 0x30...0x39 ~= $0 }) {
            return values[0].reduce(0) { $0 * 10 + UInt64($1 - 0x30) }
        }
        let texts = values.flatMap { $0.split(separator: 0x2c, omittingEmptySubsequences: false) }
        let numbers = texts.map { text -> UInt64? in
            let digits = String(decoding: text, as: UTF8.self).filter { $0 != " " && $0 != "\t" }
            guard digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
            return UInt64(digits)
        }
        guard let first = numbers.first, let number = first, numbers.allSatisfy({ $0 == number }) else { return nil }
        return number
    }
}

/// Follows a body through its framing and tells where it ends, without holding any of it.
struct HTTP1BodyReader {
    private enum State: Equatable {
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

    init(_ framing: HTTP1Framing) {
        switch framing {
        case .none, .length(0): state = .complete
        case .length(let count): state = .length(count)
        case .chunked: state = .chunkSize(0, digits: 0)
        case .untilClose: state = .untilClose
        }
    }

    var isComplete: Bool { state == .complete }
    /// True when the framing is broken: nobody can tell where the message ends.
    var isInvalid: Bool { state == .invalid }
    /// True when the end of the connection is the end of the body.
    var endsWithConnection: Bool { state == .untilClose }

    /// Reads on.
    ///
    /// - Parameter content: is given the ranges of `bytes` that are content, in order.
    /// - Returns: how many bytes belong to this message; fewer than given only when it is complete or invalid.
    mutating func read(_ bytes: UnsafeRawBufferPointer, content: (Range<Int>) -> Void) -> Int {
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
                return digits < 15 ? .chunkSize(size << 4 | digit, digits: digits + 1) : .invalid
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
