// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Closes a JSON text that was cut, after the last thing in it that was whole.
///
/// An open string that is a value is kept up to the cut; a member whose value had not begun, a number or a word that may
/// have gone on, are left out. What is open is then closed, so that everything before the cut can be read.
struct JSONRepair {
    private let bytes: UnsafePointer<UInt8>
    private let count: Int
    /// The containers that are open, as the bytes that will close them.
    private var closers: [UInt8] = []
    /// What precedes this position is whole.
    private var keptCount = 0
    /// True when the kept part ends inside a string.
    private var endsInString = false

    private init(_ bytes: UnsafePointer<UInt8>, _ count: Int) {
        self.bytes = bytes
        self.count = count
    }

    private enum Step {
        case goOn
        case stop
        case invalid
    }

    /// - Returns: the closed text, or nil when the bytes before the cut are not the beginning of a JSON object or array.
    static func closed(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        guard let base = text.baseAddress else { return nil }
        var repair = JSONRepair(base, text.count)
        let from = JSONScan.skipSpace(base, 0, text.count)
        guard from < text.count, base[from] == UInt8(ascii: "{") || base[from] == UInt8(ascii: "[") else { return nil }
        repair.open(at: from)
        guard repair.walk(from: from &+ 1) else { return nil }
        var closed = Array(UnsafeBufferPointer(start: base + from, count: repair.keptCount &- from))
        if repair.endsInString { closed.append(UInt8(ascii: "\"")) }
        while let closer = repair.closers.popLast() { closed.append(closer) }
        return closed
    }

    private mutating func open(at index: Int) {
        closers.append(bytes[index] &+ 2)
        keptCount = index &+ 1
    }

    private mutating func close(at index: Int) {
        closers.removeLast()
        keptCount = index &+ 1
    }

    /// Walks the text once; false when it breaks the grammar before it ends.
    private mutating func walk(from: Int) -> Bool {
        var index = from
        while let closer = closers.last {
            index = JSONScan.skipSpace(bytes, index, count)
            guard index < count else { return true }
            if bytes[index] == closer {
                close(at: index)
                index &+= 1
                continue
            }
            if bytes[index] == UInt8(ascii: ",") {
                index = JSONScan.skipSpace(bytes, index &+ 1, count)
                guard index < count else { return true }
            }
            if closer == UInt8(ascii: "}") {
                guard bytes[index] == UInt8(ascii: "\"") else { return false }
                index = JSONScan.stringEnd(bytes, index &+ 1, count)
                guard index >= 0 else { return index == JSONScan.cut }
                index = JSONScan.skipSpace(bytes, index, count)
                guard index < count else { return true }
                guard bytes[index] == UInt8(ascii: ":") else { return false }
                index = JSONScan.skipSpace(bytes, index &+ 1, count)
                guard index < count else { return true }
            }
            switch value(at: &index) {
            case .goOn: continue
            case .stop: return true
            case .invalid: return false
            }
        }
        return true
    }

    private mutating func value(at index: inout Int) -> Step {
        switch bytes[index] {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            guard closers.count < JSONScan.depthLimit else { return .invalid }
            open(at: index)
            index &+= 1
            return .goOn
        case UInt8(ascii: "\""):
            let end = JSONScan.stringEnd(bytes, index &+ 1, count)
            if end == JSONScan.cut {
                keptCount = safeStringEnd(index &+ 1)
                endsInString = true
                return .stop
            }
            guard end >= 0 else { return .invalid }
            keptCount = end
            index = end
            return .goOn
        default:
            let end = JSONScan.valueEnd(bytes, index, count)
            guard end >= 0 else { return end == JSONScan.cut ? .stop : .invalid }
            guard end < count else { return .stop }
            keptCount = end
            index = end
            return .goOn
        }
    }

    /// The end of the characters that are whole in a string that was cut.
    private func safeStringEnd(_ from: Int) -> Int {
        var index = from
        while index < count {
            let byte = bytes[index]
            var length = 1
            if byte == UInt8(ascii: "\\") {
                length = JSONScan.escapeLength(bytes, index, count)
            } else if byte >= 0x80 {
                length = UTF8Scan.sequenceLength(bytes, index, count)
            }
            guard length > 0 else { return index }
            index &+= length
        }
        return index
    }
}
