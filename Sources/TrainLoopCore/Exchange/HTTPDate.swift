// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The date of an HTTP field in the form that servers send today (RFC 9110, 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
enum HTTPDate {
    private static let months: [StaticString] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    static func secondsSinceEpoch(_ text: [UInt8]) -> Int64? {
        guard text.count == 29, ASCII.hasSuffix(text, " GMT"), let day = number(text[5..<7]),
            let year = number(text[12..<16]), let hour = number(text[17..<19]), let minute = number(text[20..<22]),
            let second = number(text[23..<25])
        else { return nil }
        for month in months.indices where ASCII.isEqual(text[8..<11], months[month]) {
            let days = daysSinceEpoch(year: year, month: Int64(month) + 1, day: day)
            return ((days * 24 + hour) * 60 + minute) * 60 + second
        }
        return nil
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        var value: Int64 = 0
        for digit in digits {
            guard JSONScan.isDigit(digit) else { return nil }
            value = value * 10 + Int64(digit &- 0x30)
        }
        return value
    }

    /// Counted in years that begin in March, so that the leap day is the last.
    private static func daysSinceEpoch(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
    }
}
