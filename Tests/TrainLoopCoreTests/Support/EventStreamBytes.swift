// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Writes messages of an AWS event stream, for tests and fixtures.
enum EventStreamBytes {
    /// One message with string headers.
    static func message(_ headers: [(String, String)], _ payload: [UInt8]) -> [UInt8] {
        var encoded: [UInt8] = []
        for (name, value) in headers {
            encoded.append(UInt8(name.utf8.count))
            encoded += Array(name.utf8)
            encoded.append(7)
            encoded += [UInt8(value.utf8.count >> 8), UInt8(value.utf8.count & 0xFF)]
            encoded += Array(value.utf8)
        }
        return message(rawHeaders: encoded, payload)
    }

    static func message(rawHeaders: [UInt8], _ payload: [UInt8]) -> [UInt8] {
        var bytes = integer(UInt32(16 + rawHeaders.count + payload.count)) + integer(UInt32(rawHeaders.count))
        bytes += integer(checksum(bytes))
        bytes += rawHeaders + payload
        return bytes + integer(checksum(bytes))
    }

    /// The message of an event, as Bedrock sends it.
    static func event(_ name: String, _ payload: String) -> [UInt8] {
        message(
            [(":event-type", name), (":content-type", "application/json"), (":message-type", "event")],
            Array(payload.utf8))
    }

    private static func integer(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    /// Bit by bit, so that it owes nothing to the code under test.
    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var state: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            state ^= UInt32(byte)
            for _ in 0..<8 { state = state & 1 == 1 ? state >> 1 ^ 0xEDB8_8320 : state >> 1 }
        }
        return ~state
    }
}
