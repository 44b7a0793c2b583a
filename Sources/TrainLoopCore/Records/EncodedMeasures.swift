// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The record's `usage`, `timing` and `stream`.
struct EncodedMeasures {
    let record: RecordWriter

    private var isStream: Bool {
        if case .stream = record.reader.mode { return true }
        return false
    }

    func write(to json: inout JSONWriter) {
        if let usage = record.call.usage { write(usage, to: &json) }
        writeTiming(to: &json)
        if isStream { writeStream(to: &json) }
    }

    private func write(_ usage: Usage, to json: inout JSONWriter) {
        json.key("usage")
        json.beginObject()
        if let count = usage.input { json.member("inputTokens", count) }
        if let count = usage.output { json.member("outputTokens", count) }
        if let count = usage.cacheRead { json.member("cacheReadTokens", count) }
        if let count = usage.cacheWrite { json.member("cacheWriteTokens", count) }
        if let count = usage.reasoning { json.member("reasoningTokens", count) }
        writeUnlessZero("audioInputTokens", usage.audioInput, to: &json)
        writeUnlessZero("audioOutputTokens", usage.audioOutput, to: &json)
        writeUnlessZero("acceptedPredictionTokens", usage.acceptedPrediction, to: &json)
        writeUnlessZero("rejectedPredictionTokens", usage.rejectedPrediction, to: &json)
        json.member("source", "provider")
        json.key("raw")
        json.raw(usage.raw)
        json.endObject()
    }

    private func writeUnlessZero(_ name: StaticString, _ count: Int64, to json: inout JSONWriter) {
        if count > 0 { json.member(name, count) }
    }

    /// Milliseconds from the first byte of the request.
    private func writeTiming(to json: inout JSONWriter) {
        guard record.context.seesArrivals, let start = record.exchange.startedAt,
            let first = record.exchange.respondedAt
        else { return }
        let timeline = record.reader.sink.assembler.timeline
        json.key("timing")
        json.beginObject()
        write("ttfbMs", first, since: start, to: &json)
        if isStream {
            if let instant = timeline.firstVisible { write("ttftMs", instant, since: start, to: &json) }
            if let instant = timeline.firstReasoning { write("ttfrMs", instant, since: start, to: &json) }
            if let instant = timeline.last { write("lastTokenMs", instant, since: start, to: &json) }
            if let gap = timeline.medianGapNanoseconds {
                json.key("gapP50Ms")
                json.milliseconds(nanoseconds: gap)
            }
            if let gap = timeline.longestGapNanoseconds {
                json.key("gapMaxMs")
                json.milliseconds(nanoseconds: gap)
            }
        }
        json.endObject()
    }

    private func write(_ name: StaticString, _ instant: Timestamp, since start: Timestamp, to json: inout JSONWriter) {
        json.key(name)
        json.milliseconds(nanoseconds: instant.nanosecondsSinceEpoch &- start.nanosecondsSinceEpoch)
    }

    private func writeStream(to json: inout JSONWriter) {
        json.key("stream")
        json.beginObject()
        json.member("events", record.reader.sink.eventCount)
        json.member("complete", record.outcome.isComplete)
        json.member("endedBy", record.outcome.endedBy.word)
        if let origin = record.call.usage?.origin { json.member("usageFrom", origin) }
        json.endObject()
    }
}
