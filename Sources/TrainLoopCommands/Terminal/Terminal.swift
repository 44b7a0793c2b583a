// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What is known of standard output, and how text is made fit for it.
struct Terminal {
    /// Columns; 100 where standard output is no terminal.
    var width: Int
    /// Colour is for people at a terminal who did not refuse it (NO_COLOR).
    var hasColor: Bool

    static func current(_ environment: [String: String]) -> Terminal {
        guard isatty(1) == 1 else { return Terminal(width: 100, hasColor: false) }
        var size = winsize()
        let isKnown = ioctl(1, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        let refuses = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
        return Terminal(
            width: isKnown ? Int(size.ws_col) : 100, hasColor: !refuses && environment["TERM"] != "dumb")
    }

    enum Color: Int {
        case red = 31
        case green = 32
        case yellow = 33
        case blue = 34
        case faint = 2
        case bold = 1
    }

    func colored(_ text: String, _ color: Color) -> String {
        hasColor && !text.isEmpty ? "\u{1b}[\(color.rawValue)m\(text)\u{1b}[0m" : text
    }

    /// Recorded text made fit for a terminal: it is a stranger's.
    ///
    /// Without control characters, and without marks that turn the direction of what follows: they could make a terminal say
    /// or do something else. Line breaks become spaces, unless they are kept.
    static func plain(_ text: String, keepsLines: Bool = false) -> String {
        var plain = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x0a where keepsLines: plain.append(scalar)
            case 0x09, 0x0a, 0x0d: plain.append(" ")
            case 0..<0x20, 0x7f..<0xa0, 0x200b...0x200f, 0x2028...0x202e, 0x2066...0x2069, 0xfeff:
                plain.append("\u{fffd}")
            default: plain.append(scalar)
            }
        }
        return String(plain)
    }

    /// `text` in exactly `width` columns: cut with an ellipsis, or filled with spaces.
    static func fitted(_ text: String, _ width: Int, isRight: Bool = false) -> String {
        var used = 0
        var kept = ""
        let whole = text.reduce(0) { $0 + columns($1) }
        for character in text {
            let count = columns(character)
            if whole > width, used + count > width - 1 { break }
            kept.append(character)
            used += count
        }
        if whole > width, width > 0 {
            kept += "…"
            used += 1
        }
        let fill = String(repeating: " ", count: max(0, width - used))
        return isRight ? fill + kept : kept + fill
    }

    /// Columns of a character: two for East Asian wide ones and emoji.
    static func columns(_ character: Character) -> Int {
        guard let scalar = character.unicodeScalars.first else { return 0 }
        switch scalar.value {
        case 0x1100...0x115f, 0x2e80...0x303e, 0x3041...0x33ff, 0x3400...0x4dbf, 0x4e00...0x9fff, 0xa000...0xa4cf,
            0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f, 0xff00...0xff60, 0xffe0...0xffe6, 0x1f300...0x1faff,
            0x20000...0x3fffd:
            return 2
        default: return 1
        }
    }
}
