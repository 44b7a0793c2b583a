// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// What of a response is shown as a body, because no parser gave it a meaning.
enum ResponseBody: Sendable {
    /// Nothing: it was understood, or there was none.
    case none
    /// JSON, shown as it is.
    case json([UInt8])
    /// JSON that is the answer itself, shown as it is.
    case answer([UInt8])
    /// Text, shown as a string.
    case text([UInt8])
    /// Neither: only counted.
    case binary

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
        if !isError, reader.readBody(bytes, with: parser) {
            guard reader.sink.assembler.call.isAnswerBody, case .json(let answer) = unread(bytes, &reader) else {
                return .none
            }
            return .answer(answer)
        }
        let isText = bytes.withUnsafeBufferPointer { UTF8Scan.isValid($0) }
        if !isText {
            let repaired = bytes.withUnsafeBufferPointer { UTF8Scan.repaired($0) }
            if isError ? readError(repaired, &reader) : reader.readBody(repaired, with: parser) {
                reader.receive(.diagnostic(.invalidUTF8))
                return .none
            }
        }
        if !isWhole, let closed = bytes.withUnsafeBufferPointer({ JSONRepair.closed($0) }) {
            if isError ? readError(closed, &reader) : reader.readBody(closed, with: parser) {
                reader.receive(.diagnostic(.responseCut))
                return .none
            }
        }
        let rest = unread(bytes, &reader)
        if case .json = rest { return rest }
        reader.receive(.diagnostic(.responseNotJSON))
        return rest
    }

    @discardableResult
    private static func readError(_ bytes: [UInt8], _ reader: inout ResponseReader) -> Bool {
        bytes.withUnsafeBufferPointer { buffer in
            guard let view = JSONView(parsing: buffer), let error = ProviderError.read(view) else { return false }
            reader.receive(.error(error))
            return true
        }
    }

    private static func unread(_ bytes: [UInt8], _ reader: inout ResponseReader) -> ResponseBody {
        let shown = bytes.count > ResponseReader.textByteLimit ? Array(bytes[..<ResponseReader.textByteLimit]) : bytes
        let isCut = shown.count < bytes.count || reader.body.isCut
        if !isCut {
            let json = shown.withUnsafeBufferPointer { JSONView(parsing: $0).map { Array($0.bytes) } }
            if let json { return .json(json) }
        }
        guard !isBinary(shown) else { return .binary }
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
