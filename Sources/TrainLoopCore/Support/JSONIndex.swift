// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Where the larger values of a JSON text end, noted while the text is checked.
///
/// A view that knows of it steps over these values; without it each walk reads over all that the values hold, once for
/// every level they are below. It may be incomplete: what it does not know is found by reading.
struct JSONIndex: Sendable {
    /// A container or a string.
    struct Entry: Sendable {
        /// Bytes between the beginning of the container around it and its own.
        var offset: UInt32
        /// Bytes of the value.
        var count: UInt32
        /// This entry and those of the values inside, which follow it.
        var entryCount: UInt32
    }

    private var entries: [Entry] = []
    private var entryLimit = 0

    /// A smaller value is read sooner than looked up.
    private static let leastByteCount = 32
    /// A text has one entry for so many bytes at most.
    private static let byteCountPerEntry = 16

    /// Bytes that are held.
    var byteCount: Int { entries.count &* MemoryLayout<Entry>.stride }

    /// Checks a whole text as `JSONView(parsing:)` does; the view it gives knows nothing of the index yet.
    mutating func parse(_ bytes: UnsafeBufferPointer<UInt8>, depthLimit: Int = JSONScan.depthLimit) -> JSONView? {
        entries.removeAll(keepingCapacity: true)
        entryLimit = bytes.count <= Int(UInt32.max) ? bytes.count / Self.byteCountPerEntry : 0
        let view = withUnsafeMutablePointer(to: &self) { JSONView(parsing: bytes, depthLimit: depthLimit, noting: $0) }
        if view == nil { entries.removeAll(keepingCapacity: true) }
        return view
    }

    /// Calls `body` with a view of the text that was parsed last, wherever its bytes are now.
    func withView<Result>(of text: JSONView, _ body: (JSONView) -> Result) -> Result {
        entries.withUnsafeBufferPointer { entries in
            body(JSONView(checked: text.start, count: text.count, entry: entries.isEmpty ? nil : entries.baseAddress))
        }
    }

    // MARK: - While the text is checked

    /// - Returns: the place of the entry, for `endContainer`; nil when there is no room.
    mutating func beginContainer(at offset: Int) -> Int? {
        guard entries.count < entryLimit else { return nil }
        entries.append(Entry(offset: UInt32(truncatingIfNeeded: offset), count: 0, entryCount: 0))
        return entries.count &- 1
    }

    mutating func endContainer(_ place: Int?, byteCount: Int) {
        guard let place else { return }
        guard byteCount >= Self.leastByteCount else {
            // Too small to hold another.
            entries.removeLast()
            return
        }
        entries[place].count = UInt32(truncatingIfNeeded: byteCount)
        entries[place].entryCount = UInt32(truncatingIfNeeded: entries.count &- place)
    }

    mutating func noteString(at offset: Int, byteCount: Int) {
        guard byteCount >= Self.leastByteCount, entries.count < entryLimit else { return }
        entries.append(
            Entry(
                offset: UInt32(truncatingIfNeeded: offset), count: UInt32(truncatingIfNeeded: byteCount),
                entryCount: 1))
    }

    /// The entries of the values in one container, in turn.
    struct Cursor {
        private var next: UnsafePointer<Entry>?
        private let end: UnsafePointer<Entry>?

        @inline(__always)
        init(_ container: UnsafePointer<Entry>?) {
            next = container.map { $0 + 1 }
            end = container.map { $0 + Int($0.pointee.entryCount) }
        }

        /// The entry of the value at that offset, if there is one; offsets only grow.
        @inline(__always)
        mutating func entry(at offset: Int) -> UnsafePointer<Entry>? {
            guard let entry = next, entry != end, Int(entry.pointee.offset) == offset else { return nil }
            next = entry + Int(entry.pointee.entryCount)
            return entry
        }
    }
}
