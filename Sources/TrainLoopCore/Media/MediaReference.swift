// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// What stands in a record in the place of base64 text: `blob:sha256:<64 hex>;<media type>;<bytes>`, then `;url` where
/// the text had the URL-safe alphabet and `;unpadded` where it lacked its padding.
package struct MediaReference: Sendable {
    /// Where the media is.
    package enum Fate: Sendable {
        /// In `blobs/`.
        case blob
        /// Nowhere: the configuration, or a secret inside it, forbade to keep it.
        case drop
        /// Nowhere: it could not be written. As long as the word for `blob`, which it takes the place of.
        case lost

        fileprivate var word: StaticString {
            switch self {
            case .blob: "blob"
            case .drop: "drop"
            case .lost: "lost"
            }
        }
    }

    package var fate: Fate
    /// SHA-256 of the media's bytes, 64 lower case digits.
    package var hash: String
    /// As the first bytes tell; `application/octet-stream` where they do not.
    package var mediaType: String
    package var byteCount: Int
    package var form: Base64.Form

    init(fate: Fate, digest: [UInt8], mediaType: String, byteCount: Int, form: Base64.Form) {
        self.fate = fate
        self.hash = Self.hexadecimal(digest)
        self.mediaType = mediaType
        self.byteCount = byteCount
        self.form = form
    }

    package var text: String {
        let beginning = "\(fate.word):sha256:\(hash);\(mediaType);\(byteCount)"
        return "\(beginning)\(form.isURLSafe ? ";url" : "")\(form.isUnpadded ? ";unpadded" : "")"
    }

    /// Reads a reference; nil for any other text.
    package init?(_ text: String) {
        let fields = Array(text.utf8).split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
        guard fields.count >= 3, fields.count <= 5, fields[0].count == Self.hashOffset &+ 64 else { return nil }
        let beginning = fields[0].prefix(Self.hashOffset)
        let hash = fields[0].suffix(64)
        let known: [Fate] = [.blob, .drop, .lost]
        guard let fate = known.first(where: { ASCII.hasPrefix(beginning, $0.word) }),
            ASCII.hasSuffix(beginning, ":sha256:"), !hash.contains(where: { !Self.isHexadecimal($0) }),
            !fields[2].isEmpty, fields[2].count <= 18, !fields[2].contains(where: { $0 &- 0x30 > 9 })
        else {
            return nil
        }
        self.fate = fate
        self.hash = String(decoding: hash, as: UTF8.self)
        mediaType = String(decoding: fields[1], as: UTF8.self)
        byteCount = fields[2].reduce(0) { $0 &* 10 &+ Int($1 &- 0x30) }
        form = Base64.Form()
        for field in fields[3...] {
            if ASCII.isEqual(field, "url") {
                form.isURLSafe = true
            } else if ASCII.isEqual(field, "unpadded") {
                form.isUnpadded = true
            } else {
                return nil
            }
        }
    }

    /// The text that the reference took the place of, from the media's bytes.
    package func base64(of bytes: [UInt8]) -> String {
        String(decoding: Base64.text(of: bytes, form: form), as: UTF8.self)
    }

    /// The length of `blob:sha256:`.
    private static let hashOffset = 12

    private static func isHexadecimal(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 || byte &- 0x61 < 6 }

    private static func hexadecimal(_ digest: [UInt8]) -> String {
        var text: [UInt8] = []
        for byte in digest {
            for digit in [byte >> 4, byte & 15] { text.append(digit < 10 ? 0x30 &+ digit : 0x57 &+ digit) }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
