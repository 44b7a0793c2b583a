// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Instants as people write them.
package enum TimeText {
    /// Milliseconds since the epoch of an instant, or nil when the text is none.
    ///
    /// `90s`, `10m`, `2h`, `3d`, `1w` count back from `now`; `2026-01-31`, `2026-01-31T12:00` and `2026-01-31T12:00:05` are
    /// local time, unless `Z` or an offset such as `+01:00` follows.
    package static func milliseconds(_ text: String, now: Int64) -> Int64? {
        if let unit = text.last, let factor = seconds(unit), let count = Int64(text.dropLast()), count >= 0 {
            let (product, overflows) = count.multipliedReportingOverflow(by: factor * 1000)
            return overflows ? nil : now - product
        }
        let parts = text.split(whereSeparator: { $0 == "T" || $0 == " " })
        guard (1...2).contains(parts.count), let day = numbers(parts[0], separator: "-"), day.count == 3,
            parts[0].count == 10
        else { return nil }
        var clock = parts.count > 1 ? parts[1] : "00:00"
        var offset: Int64?
        if clock.hasSuffix("Z") || clock.hasSuffix("z") {
            clock = clock.dropLast()
            offset = 0
        } else if let sign = clock.lastIndex(where: { $0 == "+" || $0 == "-" }) {
            guard let zone = numbers(clock[clock.index(after: sign)...], separator: ":"), (1...2).contains(zone.count)
            else { return nil }
            let minutes = zone[0] * 60 + (zone.count > 1 ? zone[1] : 0)
            offset = (clock[sign] == "-" ? -60 : 60) * Int64(minutes)
            clock = clock[..<sign]
        }
        guard let time = numbers(clock.prefix { $0 != "." }, separator: ":"), (2...3).contains(time.count) else {
            return nil
        }
        guard (1...12).contains(day[1]), (1...31).contains(day[2]), time[0] < 24, time[1] < 60 else { return nil }
        var fields = tm()
        fields.tm_year = Int32(day[0] - 1900)
        fields.tm_mon = Int32(day[1] - 1)
        fields.tm_mday = Int32(day[2])
        fields.tm_hour = Int32(time[0])
        fields.tm_min = Int32(time[1])
        fields.tm_sec = Int32(time.count > 2 ? time[2] : 0)
        fields.tm_isdst = -1
        let seconds = offset.map { Int64(timegm(&fields)) - $0 } ?? Int64(mktime(&fields))
        // What is beyond the month's end has been carried into the next.
        return Int(fields.tm_mday) == day[2] ? seconds * 1000 : nil
    }

    /// `2026-01-31 12:00:05`, local time.
    package static func local(_ milliseconds: Int64) -> String {
        var seconds = time_t(milliseconds / 1000)
        var fields = tm()
        localtime_r(&seconds, &fields)
        var text = [CChar](repeating: 0, count: 32)
        let count = strftime(&text, text.count, "%Y-%m-%d %H:%M:%S", &fields)
        return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func seconds(_ unit: Character) -> Int64? {
        switch unit {
        case "s": 1
        case "m": 60
        case "h": 3600
        case "d": 86_400
        case "w": 604_800
        default: nil
        }
    }

    private static func numbers(_ text: Substring, separator: Character) -> [Int]? {
        let parts = text.split(separator: separator, omittingEmptySubsequences: false)
        let numbers = parts.compactMap { part in
            part.utf8.allSatisfy { (0x30...0x39).contains($0) } && part.utf8.count <= 4 ? Int(part) : nil
        }
        return numbers.count == parts.count ? numbers : nil
    }
}
