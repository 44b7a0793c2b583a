// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// What the first bytes of a response tell: a stream, and in which framing, or one body.
enum ResponseForm {
    case stream(StreamFraming)
    case body

    /// How far white space before the first byte of meaning is looked through.
    private static let leadingSpaceLimit = 4096
    /// The longest field name of a server-sent event and its colon.
    private static let fieldLengthLimit = 6
    private static let fields: [StaticString] = ["data:", "event:", "id:", "retry:"]

    /// What is known of a response before its first byte.
    struct Hints: Sendable {
        /// How the API streams where it does so without server-sent events.
        var expected = StreamFraming.serverSentEvents
        /// The content type says that there is a JSON value on each line.
        var isDeclaredLines = false
        /// The content type says that there are server-sent events.
        var isDeclaredEvents = false
        /// The content type says that it is a sound, a picture or a film, in which any byte may come first.
        var isDeclaredMedia = false
        /// A first line longer than this is taken for a body.
        var lineByteLimit = 0

        init() {}

        init(parser: ProviderParser?, contentType: [UInt8]?, limits: CaptureLimits) {
            expected = parser?.framing ?? .serverSentEvents
            lineByteLimit = min(limits.eventByteCount, limits.responseByteCount)
            guard let contentType else { return }
            isDeclaredEvents = ASCII.hasPrefixIgnoringCase(contentType, "text/event-stream")
            let lineTypes: [StaticString] = [
                "application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines",
                "application/stream+json", "application/json-seq",
            ]
            for type in lineTypes where ASCII.hasPrefixIgnoringCase(contentType, type) { isDeclaredLines = true }
            let mediaTypes: [StaticString] = ["audio/", "image/", "video/"]
            for type in mediaTypes where ASCII.hasPrefixIgnoringCase(contentType, type) { isDeclaredMedia = true }
        }
    }

    /// - Parameters:
    ///   - isEnd: no more bytes will come.
    ///   - lineScan: how far the first line was looked through; kept from one call to the next.
    /// - Returns: nil while the bytes do not tell.
    init?(_ bytes: [UInt8], isEnd: Bool, hints: Hints, lineScan: inout Int) {
        if bytes.first == 0 {
            guard bytes.count >= EventStreamPrelude.byteCount || isEnd else { return nil }
            let prelude = bytes.withUnsafeBufferPointer { EventStreamPrelude($0) }
            self = prelude == nil ? .body : .stream(.eventStream)
            return
        }
        var index = bytes.first == 0xEF ? 3 : 0
        while index < bytes.count, JSONScan.isSpace(bytes[index]) {
            index &+= 1
            guard index <= Self.leadingSpaceLimit else {
                self = .body
                return
            }
        }
        guard index < bytes.count else {
            guard isEnd else { return nil }
            self = .body
            return
        }
        let first = bytes[index]
        if first == UInt8(ascii: "{"), hints.isDeclaredLines {
            self = .stream(.jsonLines)
        } else if first == UInt8(ascii: "{"), hints.expected == .jsonLines {
            guard let hasSecond = Self.hasSecondLine(bytes, isEnd, hints, &lineScan) else { return nil }
            self = hasSecond ? .stream(.jsonLines) : .body
        } else if first == UInt8(ascii: "["), hints.expected == .jsonArray {
            self = .stream(.jsonArray)
        } else {
            let isComment = first == UInt8(ascii: ":") && !hints.isDeclaredMedia
            guard let isField = isComment ? true : Self.beginsWithField(bytes[index...], isEnd, hints) else {
                return nil
            }
            self = isField ? .stream(.serverSentEvents) : .body
        }
    }

    /// A stream of server-sent events begins with a field, if not with a comment; nil while that is open.
    private static func beginsWithField(_ bytes: ArraySlice<UInt8>, _ isEnd: Bool, _ hints: Hints) -> Bool? {
        let rest = bytes.prefix(fieldLengthLimit)
        // No field of the standard, but how llama.cpp tells that it failed.
        if hints.isDeclaredEvents, ASCII.hasPrefix(rest, "error:") { return true }
        if hints.isDeclaredEvents, !isEnd, isBeginning(rest, of: "error:") { return nil }
        for field in fields where ASCII.hasPrefix(rest, field) { return true }
        guard !isEnd else { return false }
        for field in fields where isBeginning(rest, of: field) { return nil }
        return false
    }

    private static func isBeginning(_ bytes: ArraySlice<UInt8>, of field: StaticString) -> Bool {
        guard bytes.count < field.utf8CodeUnitCount else { return false }
        var offset = 0
        for byte in bytes {
            guard byte == field.utf8Start[offset] else { return false }
            offset &+= 1
        }
        return true
    }

    /// Whether a line that is a whole JSON object is followed by another; nil while that is open.
    private static func hasSecondLine(_ bytes: [UInt8], _ isEnd: Bool, _ hints: Hints, _ lineScan: inout Int) -> Bool? {
        while lineScan < bytes.count, bytes[lineScan] != 0x0A { lineScan &+= 1 }
        guard lineScan < bytes.count else { return isEnd || bytes.count > hints.lineByteLimit ? false : nil }
        var next = lineScan
        while next < bytes.count, JSONScan.isSpace(bytes[next]) {
            next &+= 1
            guard next &- lineScan <= leadingSpaceLimit else { return false }
        }
        guard next < bytes.count else { return isEnd ? false : nil }
        guard bytes[next] == UInt8(ascii: "{") else { return false }
        return bytes.withUnsafeBufferPointer { buffer in
            JSONView(parsing: UnsafeBufferPointer(rebasing: buffer[..<lineScan])) != nil
        }
    }
}
