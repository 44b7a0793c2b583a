// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The first bytes by which kinds of files are known.
enum MediaSignature {
    /// How many first bytes are looked at.
    static let byteCount = 12

    /// The media type of a file that begins with `bytes`, or nil where they do not tell.
    static func mediaType(of bytes: some RandomAccessCollection<UInt8>) -> String? {
        let start = Array(bytes.prefix(byteCount))
        switch start.first {
        case 0x89 where has(start, "PNG", at: 1): return "image/png"
        case 0xFF where start.starts(with: [0xFF, 0xD8, 0xFF]): return "image/jpeg"
        case UInt8(ascii: "G") where has(start, "GIF8"): return "image/gif"
        case UInt8(ascii: "R") where has(start, "RIFF"):
            if has(start, "WEBP", at: 8) { return "image/webp" }
            return has(start, "WAVE", at: 8) ? "audio/wav" : nil
        case UInt8(ascii: "I"):
            if has(start, "ID3") { return "audio/mpeg" }
            return start.starts(with: [0x49, 0x49, 0x2A, 0x00]) ? "image/tiff" : nil
        case UInt8(ascii: "M") where start.starts(with: [0x4D, 0x4D, 0x00, 0x2A]): return "image/tiff"
        case UInt8(ascii: "O") where has(start, "OggS"): return "audio/ogg"
        case UInt8(ascii: "f") where has(start, "fLaC"): return "audio/flac"
        case UInt8(ascii: "%") where has(start, "%PDF-"): return "application/pdf"
        case UInt8(ascii: "P") where start.starts(with: [0x50, 0x4B, 0x03, 0x04]): return "application/zip"
        case 0x1A where start.starts(with: [0x1A, 0x45, 0xDF, 0xA3]): return "video/webm"
        case 0x00 where has(start, "ftyp", at: 4):
            if has(start, "avif", at: 8) { return "image/avif" }
            if has(start, "hei", at: 8) || has(start, "mif1", at: 8) { return "image/heic" }
            return has(start, "M4A", at: 8) ? "audio/mp4" : "video/mp4"
        default: return nil
        }
    }

    private static func has(_ bytes: [UInt8], _ word: StaticString, at offset: Int = 0) -> Bool {
        bytes.count >= offset && ASCII.hasPrefix(bytes[offset...], word)
    }
}
