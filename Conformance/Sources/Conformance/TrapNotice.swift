// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Names the exchanges that were being replayed when the process traps: a trap is a finding, and must tell its place.
enum TrapNotice {
    private static let slotCount = 64
    private static let slotByteCount = 64
    /// Zero-terminated ids, one slot a worker; written by its worker, read by the signal handler.
    nonisolated(unsafe) private static let slots = UnsafeMutablePointer<UInt8>.allocate(
        capacity: slotCount * slotByteCount)

    static func install() {
        slots.initialize(repeating: 0, count: slotCount * slotByteCount)
        for number in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT] {
            signal(number) { number in
                TrapNotice.tell()
                _exit(128 + number)
            }
        }
    }

    static func begin(_ id: String, worker: Int) {
        let slot = slots + (worker % slotCount) * slotByteCount
        var offset = 0
        for byte in id.utf8.prefix(slotByteCount - 2) {
            slot[offset] = byte
            offset += 1
        }
        slot[offset] = 0x0A
        slot[offset + 1] = 0
    }

    static func end(worker: Int) {
        slots[(worker % slotCount) * slotByteCount] = 0
    }

    /// Only what a signal handler may do: `write`.
    private static func tell() {
        write("trap while replaying one of:\n", 29)
        for number in 0..<slotCount {
            let slot = slots + number * slotByteCount
            var count = 0
            while count < slotByteCount, slot[count] != 0 { count += 1 }
            if count > 0 { write(slot, count) }
        }
    }

    private static func write(_ bytes: UnsafeRawPointer, _ count: Int) {
        #if canImport(Darwin)
            _ = Darwin.write(2, bytes, count)
        #else
            _ = Glibc.write(2, bytes, count)
        #endif
    }
}
