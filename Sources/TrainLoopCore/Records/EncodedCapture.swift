// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The record's `capture`: who saw the exchange, how far it was understood, and all that was lost or odd.
struct EncodedCapture {
    let record: RecordWriter

    /// Leaves the object open: what was redacted is known only after this was written.
    func write(to json: inout JSONWriter) {
        let context = record.context
        json.key("capture")
        json.beginObject()
        json.member("route", context.route)
        json.member("by", context.by)
        if let client = record.requestFields["user-agent"] { json.member("client", plain: client) }
        if let pid = context.pid { json.member("pid", Int(pid)) }
        json.member("seq", context.sequence)
        switch record.parse {
        case .full: json.member("parse", "full")
        case .partial: json.member("parse", "partial")
        case .raw: json.member("parse", "raw")
        }
        if record.isTruncated { json.member("truncated", true) }
        writeWarnings(to: &json)
    }

    /// Writes `media` and `redactions`, and ends the line.
    static func appendEnd(_ media: [MediaReference], _ hits: [Redactor.Hit], to bytes: inout [UInt8]) {
        var json = JSONWriter(capacity: 0)
        swap(&json.bytes, &bytes)
        if !media.isEmpty {
            json.key("media")
            json.beginArray()
            for reference in media { json.string(reference.text) }
            json.endArray()
        }
        if !hits.isEmpty {
            json.key("redactions")
            json.beginArray()
            for hit in hits {
                json.beginObject()
                json.member("rule", hit.rule)
                json.member("count", hit.count)
                json.endObject()
            }
            json.endArray()
        }
        json.endObject()
        json.endObject()
        swap(&json.bytes, &bytes)
        bytes.append(0x0A)
    }

    // MARK: - Warnings

    private func writeWarnings(to json: inout JSONWriter) {
        var all = record.exchange.diagnostics
        for diagnostic in record.reader.sink.assembler.diagnostics.all {
            all.note(diagnostic.code, occurrences: diagnostic.occurrences)
        }
        addOwn(to: &all)
        guard !all.isEmpty else { return }
        json.key("warnings")
        json.beginArray()
        for diagnostic in all.all { json.string(plain: words(diagnostic)) }
        for words in all.told { json.string(words) }
        if all.untoldCount > 0 {
            json.string(plain: Self.phrase("more warnings of the front: ", all.untoldCount, ""))
        }
        json.endArray()
    }

    private func addOwn(to all: inout Diagnostics) {
        let body = record.exchange.requestBody
        if body.isCut, !all.contains(.requestCut) { all.note(.requestCut) }
        if record.reader.body.isCut || record.reader.hasGap, !all.contains(.responseCut) { all.note(.responseCut) }
        if let usage = record.call.usage, !usage.isConsistent { all.note(.usageInconsistent) }
        if case .incomplete = record.outcome.status, record.call.usage == nil, record.reader.sink.eventCount > 0 {
            all.note(.noUsage)
        }
        if case .other = record.request.form, ASCII.hasPrefix(body.bytes, "{") { all.note(.requestNotJSON) }
    }

    private func words(_ diagnostic: Diagnostic) -> [UInt8] {
        let message = diagnostic.message
        var words = Array(UnsafeBufferPointer(start: message.utf8Start, count: message.utf8CodeUnitCount))
        switch diagnostic.code {
        case .requestCut:
            let body = record.exchange.requestBody
            words +=
                Self.phrase(": kept ", body.keptByteCount, " of ") + Self.digits(body.seenByteCount) + Self.bytesWord
        case .responseCut:
            let kept = record.reader.body.keptByteCount
            if kept > 0 {
                words += Self.phrase(": kept ", kept, " of ")
                words += Self.digits(record.exchange.responseByteCount) + Self.bytesWord
            }
        case .contentBeyondBound:
            words += Self.phrase(": ", record.reader.sink.assembler.omittedByteCount, " bytes")
        default:
            if diagnostic.occurrences > 1 { words += Self.phrase(" (", diagnostic.occurrences, " times)") }
        }
        return words
    }

    private static let bytesWord = Array(" bytes".utf8)

    private static func phrase(_ before: StaticString, _ number: Int, _ after: StaticString) -> [UInt8] {
        Array(UnsafeBufferPointer(start: before.utf8Start, count: before.utf8CodeUnitCount)) + digits(number)
            + Array(UnsafeBufferPointer(start: after.utf8Start, count: after.utf8CodeUnitCount))
    }

    private static func digits(_ number: Int) -> [UInt8] {
        var json = JSONWriter(capacity: 20)
        json.integer(number)
        return json.take()
    }
}
