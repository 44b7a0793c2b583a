// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Bytes are copied by one `memmove`.
///
/// Embedded Swift copies the elements of any other sequence one at a time, which is eight times as slow. These are chosen
/// over the standard library's generic functions of the same names wherever the argument has one of these types.
extension [UInt8] {
    package init(_ bytes: UnsafeRawBufferPointer) {
        self.init(unsafeUninitializedCapacity: bytes.count) { buffer, count in
            guard let source = bytes.baseAddress, let target = buffer.baseAddress else { return }
            UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: bytes.count)
            count = bytes.count
        }
    }

    /// Makes room for more bytes; at least as many as there are, so that many small pieces cost linear time.
    package mutating func makeRoom(for byteCount: Int) {
        guard capacity &- count < byteCount else { return }
        var larger: [UInt8] = []
        larger.reserveCapacity(Swift.max(count &+ byteCount, capacity &* 2))
        larger.append(contentsOf: self)
        self = larger
    }

    package init(_ bytes: UnsafeBufferPointer<UInt8>) { self.init(UnsafeRawBufferPointer(bytes)) }

    package mutating func append(contentsOf bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, !bytes.isEmpty else { return }
        makeRoom(for: bytes.count)
        append(addingCapacity: bytes.count) { span in
            span.withUnsafeMutableBufferPointer { buffer, count in
                guard let target = buffer.baseAddress else { return }
                UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: bytes.count)
                count = bytes.count
            }
        }
    }

    package mutating func append(contentsOf bytes: UnsafeBufferPointer<UInt8>) {
        append(contentsOf: UnsafeRawBufferPointer(bytes))
    }

    package mutating func append(contentsOf bytes: [UInt8]) {
        bytes.withUnsafeBytes { append(contentsOf: $0) }
    }

    package mutating func append(contentsOf bytes: ArraySlice<UInt8>) {
        bytes.withUnsafeBytes { append(contentsOf: $0) }
    }
}

/// Bytes are compared eight at a time.
extension UnsafeBufferPointer<UInt8> {
    @inline(__always)
    func isEqual(to other: UnsafeBufferPointer<UInt8>) -> Bool {
        guard count == other.count else { return false }
        guard let left = baseAddress, let right = other.baseAddress else { return true }
        return Self.isEqual(left, right, count)
    }

    func isEqual(to other: [UInt8]) -> Bool {
        other.withUnsafeBufferPointer { isEqual(to: $0) }
    }

    @inline(__always)
    static func isEqual(_ left: UnsafePointer<UInt8>, _ right: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        var index = 0
        while index &+ 8 <= count {
            let one = UnsafeRawPointer(left + index).loadUnaligned(as: UInt64.self)
            let other = UnsafeRawPointer(right + index).loadUnaligned(as: UInt64.self)
            guard one == other else { return false }
            index &+= 8
        }
        while index < count {
            guard left[index] == right[index] else { return false }
            index &+= 1
        }
        return true
    }
}
