// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import CTrainLoop
import TrainLoopCore

/// The result codes of trainloop.h.
extension Int32 {
    static var ok: Int32 { Int32(TRAINLOOP_OK) }
    static var coded: Int32 { Int32(TRAINLOOP_CODED) }
    static var whole: Int32 { Int32(TRAINLOOP_WHOLE) }
    static var misuse: Int32 { Int32(TRAINLOOP_MISUSE) }
    static var ended: Int32 { Int32(TRAINLOOP_ENDED) }
    static var forked: Int32 { Int32(TRAINLOOP_FORKED) }
    static var lost: Int32 { Int32(TRAINLOOP_LOST) }
    static var configuration: Int32 { Int32(TRAINLOOP_CONFIGURATION) }
    static var underRun: Int32 { Int32(TRAINLOOP_UNDER_RUN) }
}

// MARK: - From the host

/// What a host gave as pointer and count; nil when that is no such pair.
func bytes(_ pointer: UnsafeRawPointer?, _ count: Int64) -> UnsafeRawBufferPointer? {
    guard let count = Int(exactly: count), count >= 0, pointer != nil || count == 0 else { return nil }
    return UnsafeRawBufferPointer(start: pointer, count: count)
}

func text(_ pointer: UnsafePointer<CChar>?, _ count: Int64) -> String? {
    bytes(pointer, count).map { String(decoding: $0, as: UTF8.self) }
}

/// A host's name in lower case, as the core has it.
func hostName(_ pointer: UnsafePointer<CChar>?, _ count: Int64) -> [UInt8]? {
    bytes(pointer, count).map { $0.map { 0x41...0x5a ~= $0 ? $0 | 0x20 : $0 } }
}

/// Header fields; nil when one of them is none.
func fields(_ pointer: UnsafePointer<trainloop_field>?, _ count: Int64) -> [HeaderField]? {
    guard let count = Int(exactly: count), count >= 0, pointer != nil || count == 0 else { return nil }
    var fields: [HeaderField] = []
    for field in UnsafeBufferPointer(start: pointer, count: count) {
        guard let name = bytes(field.name, field.name_count), let value = bytes(field.value, field.value_count) else {
            return nil
        }
        fields.append(HeaderField(name: Array(name), value: Array(value)))
    }
    return fields
}

// MARK: - To the host

/// Writes a text to a buffer, cut at a whole character where it must be, and ends it by NUL.
///
/// - Returns: the byte count of the whole text, or `misuse` without room for the NUL.
func write(_ text: String, to buffer: UnsafeMutablePointer<CChar>?, _ capacity: Int64) -> Int32 {
    guard let buffer, capacity > 0 else { return .misuse }
    let utf8 = Array(text.utf8)
    var count = utf8.count
    if count >= capacity {
        count = Int(capacity) - 1
        while count > 0, utf8[count] & 0xc0 == 0x80 { count -= 1 }
    }
    for index in 0..<count { buffer[index] = CChar(bitPattern: utf8[index]) }
    buffer[count] = 0
    return Int32(clamping: utf8.count)
}
