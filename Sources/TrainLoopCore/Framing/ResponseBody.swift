// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// What of a response is shown as a body, because no parser gave it a meaning.
enum ResponseBody: Sendable {
    /// Nothing: it was understood, or there was none.
    case none
    /// JSON, shown as it is.
    case json([UInt8])
    /// Lines of JSON, shown as a list: values with commas between them.
    case lines([UInt8])
    /// Text, shown as a string.
    case text([UInt8])
    /// Neither; nil when not all of it was kept.
    case bytes([UInt8]?)

    /// What is shown without its secrets.
    func cleaned(by credentials: inout BodyCredentials) -> ResponseBody {
        func cleaned(_ json: [UInt8]) -> [UInt8]? {
            json.withUnsafeBufferPointer { buffer in
                buffer.baseAddress.flatMap { credentials.cleaned(JSONView(checked: $0, count: buffer.count)) }
            }
        }
        switch self {
        case .none, .bytes: return self
        case .json(let bytes): return cleaned(bytes).map { .json($0) } ?? self
        case .lines(let values):
            let list = cleaned([UInt8(ascii: "[")] + values + [UInt8(ascii: "]")])
            return list.map { .lines(Array($0.dropFirst().dropLast())) } ?? self
        case .text(let bytes): return credentials.cleaned(text: bytes).map { .text($0) } ?? self
        }
    }

    /// Reads the kept body with the parser, after repair or closing where that is needed.
    static func read(
        _ reader: inout ResponseReader, parser: ProviderParser?, isWhole: Bool, httpStatus: UInt16?
    ) -> ResponseBody {
        let bytes = reader.body.bytes
        guard !bytes.isEmpty else { return .none }
        let isError = (httpStatus ?? 0) >= 400
        guard let parser else {
            if isError { readError(bytes, &reader) }
            return unread(bytes, &reader)
        }
        if isError, readError(bytes, &reader) { return .none }
        if !isError {
            if reader.readBody(bytes, with: parser) { return shown(bytes, parser) }
            if let other = readOther(bytes, &reader, parser, isWhole: isWhole) { return other }
        }
        let isText = bytes.withUnsafeBufferPointer { UTF8Scan.isValid($0) }
        if !isText {
            let repaired = bytes.withUnsafeBufferPointer { UTF8Scan.repaired($0) }
            if isError ? readError(repaired, &reader) : reader.readBody(repaired, with: parser) {
                reader.receive(.diagnostic(.invalidUTF8))
                return .none
            }
        } else if !isError, let finite = bytes.withUnsafeBufferPointer({ NonFiniteNumber.replaced(in: $0) }),
            reader.readBody(finite, with: parser)
        {
            reader.receive(.diagnostic(.nonFiniteNumber))
            return shown(finite, parser)
        }
        if !isWhole, let closed = bytes.withUnsafeBufferPointer({ JSONRepair.closed($0) }) {
            if isError ? readError(closed, &reader) : reader.readBody(closed, with: parser) {
                reader.receive(.diagnostic(.responseCut))
                return .none
            }
        }
        if isError, isWhole, isText, readPlainError(bytes, &reader) { return .none }
        let rest = unread(bytes, &reader)
        if case .json = rest { return rest }
        reader.receive(.diagnostic(.responseNotJSON))
        return rest
    }

    /// A body that was understood, shown beside its meaning where the API wants it so.
    private static func shown(_ bytes: [UInt8], _ parser: ProviderParser) -> ResponseBody {
        switch parser.bodyUse {
        case .meaning, .sound: return .none
        case .shown, .textAndShown:
            let json = bytes.withUnsafeBufferPointer { JSONView(parsing: $0).map { Array($0.bytes) } }
            return json.map { .json($0) } ?? .none
        }
    }

    /// Reads a body that is no JSON for an API that answers so; nil when it is for none.
    private static func readOther(
        _ bytes: [UInt8], _ reader: inout ResponseReader, _ parser: ProviderParser, isWhole: Bool
    ) -> ResponseBody? {
        let address = PartAddress(choice: 0, slot: 0)
        switch parser.bodyUse {
        case .meaning: return nil
        case .sound:
            guard isBinary(bytes) else { return nil }
            let isImage = MediaSignature.mediaType(of: bytes)?.utf8.starts(with: "image/".utf8) == true
            let kind = isImage ? Part.Kind.image : .audio
            reader.receive(
                reader.body.isCut
                    ? .omitted(byteCount: reader.body.seenByteCount, kind, at: address)
                    : .bytes(bytes, type: reader.contentType ?? [], kind, at: address))
            return ResponseBody.none
        case .textAndShown:
            guard bytes.first != UInt8(ascii: "{"), !isBinary(bytes) else { return nil }
            var text: [UInt8] = []
            bytes.withUnsafeBufferPointer { _ = JSONEscape.append($0, to: &text) }
            text.withUnsafeBufferPointer { buffer in
                guard let base = buffer.baseAddress else { return }
                reader.receive(.text(JSONText(start: base, count: buffer.count), .text, at: address))
            }
            return ResponseBody.none
        case .shown:
            if isWhole, let lines = lines(bytes) { return .lines(lines) }
            return unread(bytes, &reader)
        }
    }

    /// The values of JSON Lines with commas between them; nil when a line is none.
    private static func lines(_ bytes: [UInt8]) -> [UInt8]? {
        var values: [UInt8] = []
        for line in bytes.split(separator: 0x0A, omittingEmptySubsequences: true) {
            if line.count == 1, line.first == 0x0D { continue }
            let isValue = line.withUnsafeBufferPointer { buffer in
                guard let view = JSONView(parsing: buffer), view.isObject else { return false }
                if !values.isEmpty { values.append(UInt8(ascii: ",")) }
                values.append(contentsOf: view.bytes)
                return true
            }
            guard isValue else { return nil }
        }
        return values.isEmpty ? nil : values
    }

    @discardableResult
    private static func readError(_ bytes: [UInt8], _ reader: inout ResponseReader) -> Bool {
        bytes.withUnsafeBufferPointer { buffer in
            guard let view = JSONView(parsing: buffer), let error = ProviderError.read(view) else { return false }
            reader.receive(.error(error))
            // Where no header names the request, only this does.
            view.forEachMember { name, value in
                if name.isEqual(to: "request_id") { reader.receive(.other(name, value, in: .response)) }
            }
            return true
        }
    }

    /// An error in plain words or as a page, as servers before the provider's say it.
    private static func readPlainError(_ bytes: [UInt8], _ reader: inout ResponseReader) -> Bool {
        guard bytes.count <= plainErrorByteLimit, let first = bytes.first(where: { !JSONScan.isSpace($0) }) else {
            return false
        }
        let beginsJSON = first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
        guard !beginsJSON, !isBinary(bytes) else { return false }
        var error = CallError(source: .provider)
        bytes.withUnsafeBufferPointer { _ = JSONEscape.append($0, to: &error.message) }
        reader.receive(.error(error))
        return true
    }

    /// More bytes are no message: 64 KiB.
    private static let plainErrorByteLimit = 1 << 16

    private static func unread(_ bytes: [UInt8], _ reader: inout ResponseReader) -> ResponseBody {
        let shown = bytes.count > ResponseReader.textByteLimit ? Array(bytes[..<ResponseReader.textByteLimit]) : bytes
        let isCut = shown.count < bytes.count || reader.body.isCut
        if !isCut {
            let json = shown.withUnsafeBufferPointer { JSONView(parsing: $0).map { Array($0.bytes) } }
            if let json { return .json(json) }
        }
        guard !isBinary(shown) else { return .bytes(reader.body.isCut ? nil : bytes) }
        if isCut { reader.receive(.diagnostic(.bodyBeyondBound)) }
        return .text(isCut ? withoutOpenCharacter(shown) : shown)
    }

    /// Bytes that no text has: NUL, or more broken UTF-8 than a slip would leave.
    static func isBinary(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return false }
            var broken = 0
            var index = 0
            let count = min(buffer.count, 1 << 16)
            while index < count {
                if base[index] == 0 { return true }
                if base[index] < 0x80 {
                    index &+= 1
                    continue
                }
                let length = UTF8Scan.sequenceLength(base, index, buffer.count)
                if length <= 0 { broken &+= 1 }
                index &+= max(1, length)
            }
            return broken > 8 && broken &* 16 > count
        }
    }

    /// The bytes without a character whose end was cut off.
    static func withoutOpenCharacter(_ bytes: [UInt8]) -> [UInt8] {
        var end = bytes.count
        var back = 0
        while end > 0, back < 3, bytes[end &- 1] & 0xC0 == 0x80 {
            end &-= 1
            back &+= 1
        }
        guard end > 0, bytes[end &- 1] >= 0xC0 else { return bytes }
        let length = bytes.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.map { UTF8Scan.sequenceLength($0, end &- 1, buffer.count) } ?? 0
        }
        return length == JSONScan.cut ? Array(bytes[..<(end &- 1)]) : bytes
    }
}
