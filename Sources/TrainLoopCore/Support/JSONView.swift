// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// A value inside bytes that were checked to be JSON, without owning them: what the parsers read.
///
/// A view is valid inside the `withUnsafeBufferPointer` that gave its bytes and never leaves it; whoever wants to keep
/// something copies it. It costs no allocation and no reference count, which is what makes a stream of small events cheap.
struct JSONView {
    /// The first byte of the value.
    let start: UnsafePointer<UInt8>
    /// Bytes of the value, at least one.
    let count: Int
    /// What an index knows of the value, which is as short-lived as the bytes.
    private let entry: UnsafePointer<JSONIndex.Entry>?

    /// - Parameter start: the first byte of a value that was checked to be JSON and ends after `count` bytes.
    @inline(__always)
    init(checked start: UnsafePointer<UInt8>, count: Int, entry: UnsafePointer<JSONIndex.Entry>? = nil) {
        self.start = start
        self.count = count
        self.entry = entry
    }

    /// Checks a whole text: grammar, UTF-8, depth.
    ///
    /// - Parameter index: notes where the larger values end.
    init?(
        parsing bytes: UnsafeBufferPointer<UInt8>, depthLimit: Int = JSONScan.depthLimit,
        noting index: UnsafeMutablePointer<JSONIndex>? = nil
    ) {
        guard let base = bytes.baseAddress else { return nil }
        let from = JSONScan.skipSpace(base, 0, bytes.count)
        let end = JSONScan.valueEnd(base, from, bytes.count, depthLimit: depthLimit, noting: index)
        guard end > from, JSONScan.skipSpace(base, end, bytes.count) == bytes.count else { return nil }
        self.init(checked: base + from, count: end &- from)
    }

    var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: start, count: count) }

    @inline(__always)
    var kind: JSONValue.Kind {
        switch start[0] {
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .bool
        case UInt8(ascii: "n"): .null
        default: .number
        }
    }

    var isObject: Bool { start[0] == UInt8(ascii: "{") }
    var isArray: Bool { start[0] == UInt8(ascii: "[") }
    var isNull: Bool { start[0] == UInt8(ascii: "n") }

    /// True for an object that is not empty.
    var hasMembers: Bool {
        guard isObject else { return false }
        let index = JSONScan.skipSpace(start, 1, count)
        return index < count && start[index] == UInt8(ascii: "\"")
    }

    var isEmptyArray: Bool {
        guard isArray else { return false }
        let index = JSONScan.skipSpace(start, 1, count)
        return index < count && start[index] == UInt8(ascii: "]")
    }

    /// True for an array whose first element is a number.
    var isListOfNumbers: Bool {
        guard isArray else { return false }
        let index = JSONScan.skipSpace(start, 1, count)
        return index < count && (start[index] &- 0x30 < 10 || start[index] == UInt8(ascii: "-"))
    }

    /// What stands between the quotes, still escaped, or nil when this is no string.
    @inline(__always)
    var text: JSONText? {
        guard start[0] == UInt8(ascii: "\""), count >= 2 else { return nil }
        return JSONText(start: start + 1, count: count &- 2)
    }

    /// The last member of that name, or nil; nil too when this is no object.
    subscript(key: StaticString) -> JSONView? {
        var found: JSONView?
        forEachMember { name, value in
            if name.isEqual(to: key) { found = value }
        }
        return found
    }

    /// Calls `body` for each member in order.
    @inline(__always)
    func forEachMember(_ body: (_ name: JSONText, _ value: JSONView) -> Void) {
        guard isObject else { return }
        var walk = Walk(self, entry)
        while let name = walk.nextName() { body(name, walk.value) }
    }

    /// Calls `body` for each element in order.
    @inline(__always)
    func forEachElement(_ body: (JSONView) -> Void) {
        guard isArray else { return }
        var walk = Walk(self, entry)
        while walk.nextElement() { body(walk.value) }
    }

    /// The way through a container, one value after the other.
    ///
    /// Its steps are functions of their own, since there are some hundred walks.
    private struct Walk {
        /// The value of the step.
        private(set) var value: JSONView
        private let container: JSONView
        private var index: Int
        private var cursor: JSONIndex.Cursor

        @inline(__always)
        init(_ container: JSONView, _ entry: UnsafePointer<JSONIndex.Entry>?) {
            self.container = container
            value = container
            index = 1
            cursor = JSONIndex.Cursor(entry)
        }

        @inline(never)
        mutating func nextName() -> JSONText? {
            let (start, count) = (container.start, container.count)
            index = JSONScan.skipSpace(start, index, count)
            guard index < count, start[index] == UInt8(ascii: "\"") else { return nil }
            let nameEnd = JSONScan.checkedStringEnd(start, index &+ 1, count)
            let name = JSONText(start: start + index + 1, count: nameEnd &- index &- 2)
            index = JSONScan.skipSpace(start, nameEnd, count)
            index = JSONScan.skipSpace(start, index &+ 1, count)
            return takeValue() ? name : nil
        }

        @inline(never)
        mutating func nextElement() -> Bool {
            index = JSONScan.skipSpace(container.start, index, container.count)
            guard index < container.count, container.start[index] != UInt8(ascii: "]") else { return false }
            return takeValue()
        }

        /// Takes the value that begins here, and steps behind the comma after it.
        @inline(__always)
        private mutating func takeValue() -> Bool {
            let (start, count) = (container.start, container.count)
            if let entry = cursor.entry(at: index) {
                value = JSONView(checked: start + index, count: Int(entry.pointee.count), entry: entry)
            } else {
                value = JSONView(checked: start + index, count: JSONScan.checkedValueEnd(start, index, count) &- index)
            }
            guard value.count > 0 else { return false }
            index = JSONScan.skipSpace(start, index &+ value.count, count)
            if index < count, start[index] == UInt8(ascii: ",") { index &+= 1 } else { index = count }
            return true
        }
    }

    /// Calls `body` for each number in it, at any depth, in order.
    func forEachNumber(_ body: (JSONView) -> Void) {
        switch kind {
        case .number: body(self)
        case .object: forEachMember { $1.forEachNumber(body) }
        case .array: forEachElement { $0.forEachNumber(body) }
        case .string, .bool, .null: break
        }
    }

    /// The number when it is written as an integer that fits, or nil.
    var integer: Int64? {
        guard kind == .number else { return nil }
        return JSONNumber.integer(bytes)
    }

    /// A whole number that counts something: not below zero; some servers write it with a fraction of zero.
    var tokenCount: Int64? {
        if let integer { return integer >= 0 ? integer : nil }
        guard kind == .number else { return nil }
        let double = JSONNumber.double(bytes)
        guard double >= 0, double < 1e15 else { return nil }
        let whole = Int64(double)
        return Double(whole) == double ? whole : nil
    }

    var bool: Bool? {
        kind == .bool ? start[0] == UInt8(ascii: "t") : nil
    }
}
