// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// A line of source that calls a model, as the registry knows it.
package struct CallSite: Sendable {
    package var file: String
    package var line: String
    package var tag: String
    /// `2026-01-31T12:00:00+00:00`.
    package var firstSeen: String
    package var lastSeen: String
    /// Not negative; at its largest it counts no further.
    package var count: Int

    package init(file: String, line: String, tag: String, firstSeen: String, lastSeen: String, count: Int) {
        self.file = file
        self.line = line
        self.tag = tag
        self.firstSeen = firstSeen
        self.lastSeen = lastSeen
        self.count = count
    }
}

extension [CallSite] {
    /// Counts a sighting with the call site of the same file and line; the newer tag stands.
    package mutating func add(_ sighting: CallSite) {
        guard
            let index = firstIndex(where: {
                $0.line.hasSameBytes(as: sighting.line) && $0.file.hasSameBytes(as: sighting.file)
            })
        else {
            return append(sighting)
        }
        self[index].tag = sighting.tag
        if sighting.firstSeen.precedes(self[index].firstSeen) { self[index].firstSeen = sighting.firstSeen }
        if self[index].lastSeen.precedes(sighting.lastSeen) { self[index].lastSeen = sighting.lastSeen }
        // What a file counted may be any number.
        let (sum, overflows) = self[index].count.addingReportingOverflow(sighting.count)
        self[index].count = overflows ? .max : sum
    }
}

/// Times in the registry.
package enum ISO8601 {
    /// `2026-01-31T12:00:00+00:00`, proleptic Gregorian, UTC.
    package static func text(secondsSinceEpoch: Int64) -> String {
        let (days, second) = (floorDivide(secondsSinceEpoch, 86_400), floorModulo(secondsSinceEpoch, 86_400))
        let (year, month, day) = date(daysSinceEpoch: days)
        let time = "\(padded(second / 3600)):\(padded(second / 60 % 60)):\(padded(second % 60))"
        return "\(year)-\(padded(month))-\(padded(day))T\(time)+00:00"
    }

    /// Days since 1970-01-01 to a date, by 400-year eras that begin in March.
    package static func date(daysSinceEpoch: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = daysSinceEpoch + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = floorModulo(shifted, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func padded(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
    private static func floorDivide(_ a: Int64, _ b: Int64) -> Int64 { a >= 0 ? a / b : (a - b + 1) / b }
    private static func floorModulo(_ a: Int64, _ b: Int64) -> Int64 { a - floorDivide(a, b) * b }
}

/// Byte by byte: Embedded Swift has no Unicode tables.
extension String {
    func hasSameBytes(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }
    func precedes(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }
}
