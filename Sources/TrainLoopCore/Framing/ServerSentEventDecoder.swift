// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Splits the bytes of a `text/event-stream` into events, whatever the split of the bytes.
///
/// Lines end in LF, CR LF or CR; a byte order mark at the very start is taken off; comments, `id` and `retry` are
/// understood and ignored; several `data` lines are joined with LF. Source: WHATWG HTML, 9.2.6.
///
/// Strategy: a line that lies whole in one chunk is read where it lies, and so is an event of one data line; only what
/// a chunk ends in the midst of is copied. Each byte is looked at a fixed number of times.
package struct ServerSentEventDecoder: Sendable {
    /// The most bytes that the lines of one event may hold; a larger event is skipped up to its blank line.
    private let eventByteCount: Int

    /// The beginning of a line whose end has not come.
    private var line: [UInt8] = []
    /// The data lines of the event so far, each with a line feed after it but the last.
    private var data: [UInt8] = []
    private var hasData = false
    /// The name of this event or of one before it: events of one name follow each other.
    private var name: [UInt8] = []
    private var hasName = false
    private var isFirstLine = true
    /// The lines of this event are JSON without a field.
    private var isBare = false
    /// The last chunk ended in CR: a LF at the start of the next belongs to it.
    private var endedInCarriageReturn = false
    /// The event is larger than the bound: nothing of it is kept until its blank line.
    private var isSkipping = false
    /// The bytes that come belong to a line that was given up.
    private var isInsideSkippedLine = false

    package init(eventByteCount: Int) {
        self.eventByteCount = eventByteCount
    }

    /// A longer name is not kept for the next event.
    private static let nameByteLimit = 256

    /// Bytes kept at present.
    package var heldByteCount: Int { line.count &+ data.count &+ name.count }

    /// Takes the next bytes and hands every event that they complete to `sink`.
    package mutating func receive<Sink: StreamEventSink>(
        _ chunk: UnsafeBufferPointer<UInt8>, into sink: inout Sink
    ) {
        guard let base = chunk.baseAddress, !chunk.isEmpty else { return }
        var index = 0
        if endedInCarriageReturn {
            endedInCarriageReturn = false
            if base[0] == 0x0A { index = 1 }
        }
        if !line.isEmpty || isInsideSkippedLine {
            let end = Self.lineEnd(base, index, chunk.count)
            if isInsideSkippedLine {
                guard end < chunk.count else { return }
                isInsideSkippedLine = false
            } else {
                line.append(contentsOf: UnsafeBufferPointer(start: base + index, count: end &- index))
                guard end < chunk.count else { return boundOpenLine(&sink) }
                let whole = line
                line.removeAll(keepingCapacity: true)
                whole.withUnsafeBufferPointer { whole in
                    var direct = Direct()
                    take(whole, &direct, &sink)
                    keep(direct)
                }
            }
            index = after(end, base, chunk.count)
        }
        takeLines(base, index, chunk.count, &sink)
        boundOpenLine(&sink)
    }

    /// The stream has ended: an event that lacks only its blank line is handed over as such.
    package mutating func finish<Sink: StreamEventSink>(into sink: inout Sink) {
        let rest = line
        line = []
        if !rest.isEmpty, !isSkipping {
            rest.withUnsafeBufferPointer { rest in
                var direct = Direct()
                take(rest, &direct, &sink)
                keep(direct)
            }
        }
        guard hasData, !isSkipping else { return }
        data.withUnsafeBufferPointer { send($0, isTerminated: isBare, &sink) }
        reset()
    }

    /// Bytes are missing here: what is left of the event that they belonged to is skipped.
    package mutating func skipToNextEvent() {
        line = []
        reset()
        isFirstLine = false
        endedInCarriageReturn = false
        isInsideSkippedLine = true
        isSkipping = true
    }

    // MARK: - Lines

    /// A data line that lies in the caller's bytes and has not been copied.
    private struct Direct {
        var bytes: UnsafeBufferPointer<UInt8>?
    }

    private mutating func takeLines<Sink: StreamEventSink>(
        _ base: UnsafePointer<UInt8>, _ from: Int, _ count: Int, _ sink: inout Sink
    ) {
        var direct = Direct()
        var index = from
        while index < count {
            let end = Self.lineEnd(base, index, count)
            guard end < count else {
                line.append(contentsOf: UnsafeBufferPointer(start: base + index, count: count &- index))
                break
            }
            take(UnsafeBufferPointer(start: base + index, count: end &- index), &direct, &sink)
            index = after(end, base, count)
        }
        keep(direct)
    }

    /// The position after the line end at `end`.
    @inline(__always)
    private mutating func after(_ end: Int, _ base: UnsafePointer<UInt8>, _ count: Int) -> Int {
        guard base[end] == 0x0D else { return end &+ 1 }
        guard end &+ 1 < count else {
            endedInCarriageReturn = true
            return count
        }
        return base[end &+ 1] == 0x0A ? end &+ 2 : end &+ 1
    }

    /// Takes one whole line, without its end.
    @inline(__always)
    private mutating func take<Sink: StreamEventSink>(
        _ whole: UnsafeBufferPointer<UInt8>, _ direct: inout Direct, _ sink: inout Sink
    ) {
        var line = whole
        if isFirstLine {
            isFirstLine = false
            if line.count >= 3, line[0] == 0xEF, line[1] == 0xBB, line[2] == 0xBF {
                line = UnsafeBufferPointer(rebasing: line[3...])
            }
        }
        if line.isEmpty { return dispatch(&direct, &sink) }
        guard !isSkipping else { return }
        guard joinedByteCount(with: line.count) &+ (direct.bytes?.count ?? 0) <= eventByteCount else {
            return skip(&direct, &sink)
        }
        if line.count >= 5, line[0] == UInt8(ascii: "d"), line[1] == UInt8(ascii: "a"), line[2] == UInt8(ascii: "t"),
            line[3] == UInt8(ascii: "a"), line[4] == UInt8(ascii: ":")
        {
            takeData(Self.value(line, from: 5), &direct)
        } else {
            takeOther(line, &direct)
        }
    }

    private mutating func takeOther(_ line: UnsafeBufferPointer<UInt8>, _ direct: inout Direct) {
        if Self.isField(line, "data") {
            takeData(Self.value(line, from: 5), &direct)
        } else if Self.isField(line, "event") {
            takeName(Self.value(line, from: 6))
        } else if Self.isField(line, "error") {
            // No field of the standard, but how llama.cpp tells that it failed in the midst of a stream.
            takeName(UnsafeBufferPointer(rebasing: line[..<5]))
            takeData(Self.value(line, from: 6), &direct)
        } else if isBare || !hasData && line[0] == UInt8(ascii: "{") {
            // Nor is this one, but how Google tells that it failed in the midst of a stream.
            isBare = true
            takeData(line, &direct)
        }
    }

    private mutating func takeName(_ value: UnsafeBufferPointer<UInt8>) {
        hasName = true
        if !value.isEqual(to: name) { name = Array(value) }
    }

    @inline(__always)
    private mutating func takeData(_ value: UnsafeBufferPointer<UInt8>, _ direct: inout Direct) {
        guard hasData else {
            hasData = true
            direct.bytes = value
            return
        }
        keep(direct)
        direct.bytes = nil
        data.append(0x0A)
        data.append(contentsOf: value)
    }

    private mutating func keep(_ direct: Direct) {
        guard let bytes = direct.bytes else { return }
        data.append(contentsOf: bytes)
    }

    // MARK: - Events

    @inline(__always)
    private mutating func dispatch<Sink: StreamEventSink>(_ direct: inout Direct, _ sink: inout Sink) {
        if hasData, !isSkipping {
            if let bytes = direct.bytes {
                send(bytes, isTerminated: true, &sink)
            } else {
                data.withUnsafeBufferPointer { send($0, isTerminated: true, &sink) }
            }
        }
        direct.bytes = nil
        reset()
    }

    @inline(__always)
    private func send<Sink: StreamEventSink>(
        _ data: UnsafeBufferPointer<UInt8>, isTerminated: Bool, _ sink: inout Sink
    ) {
        name.withUnsafeBufferPointer { name in
            let name = hasName ? name : UnsafeBufferPointer(start: nil, count: 0)
            sink.receive(StreamEvent(name: name, data: data, isTerminated: isTerminated))
        }
    }

    @inline(__always)
    private mutating func reset() {
        if !data.isEmpty { data.removeAll(keepingCapacity: data.capacity <= 1 << 16) }
        if name.count > Self.nameByteLimit { name = [] }
        hasName = false
        hasData = false
        isBare = false
        isSkipping = false
    }

    private mutating func skip<Sink: StreamEventSink>(_ direct: inout Direct, _ sink: inout Sink) {
        direct.bytes = nil
        reset()
        isSkipping = true
        sink.skippedOversizeEvent()
    }

    /// Bytes of the data with a line of so many behind it, and the line feed between.
    @inline(__always)
    private func joinedByteCount(with lineByteCount: Int) -> Int {
        data.count &+ (hasData ? 1 : 0) &+ lineByteCount
    }

    /// Gives up a line that is over the bound before its end has come.
    private mutating func boundOpenLine<Sink: StreamEventSink>(_ sink: inout Sink) {
        if isSkipping, !line.isEmpty {
            line = []
            isInsideSkippedLine = true
        } else if !line.isEmpty, joinedByteCount(with: line.count) > eventByteCount {
            line = []
            isInsideSkippedLine = true
            var direct = Direct()
            skip(&direct, &sink)
        }
    }

    // MARK: - Bytes

    /// The position of the first CR or LF at or after `from`, or `count`.
    @inline(__always)
    private static func lineEnd(_ base: UnsafePointer<UInt8>, _ from: Int, _ count: Int) -> Int {
        var index = from
        while index &+ ByteBlock.count <= count {
            let block = ByteBlock(base + index)
            if let offset = ByteBlock.first(block.equal(to: 0x0A) .| block.equal(to: 0x0D)) { return index &+ offset }
            index &+= ByteBlock.count
        }
        while index < count, base[index] != 0x0A, base[index] != 0x0D { index &+= 1 }
        return index
    }

    /// True for the field alone on its line, or before a colon.
    private static func isField(_ line: UnsafeBufferPointer<UInt8>, _ field: StaticString) -> Bool {
        let length = field.utf8CodeUnitCount
        guard line.count >= length else { return false }
        for index in 0..<length where line[index] != field.utf8Start[index] { return false }
        return line.count == length || line[length] == UInt8(ascii: ":")
    }

    /// What stands behind the colon, without one space.
    @inline(__always)
    private static func value(_ line: UnsafeBufferPointer<UInt8>, from: Int) -> UnsafeBufferPointer<UInt8> {
        guard line.count > from else { return UnsafeBufferPointer(rebasing: line[line.count...]) }
        let start = line[from] == 0x20 ? from &+ 1 : from
        return UnsafeBufferPointer(rebasing: line[start...])
    }
}
