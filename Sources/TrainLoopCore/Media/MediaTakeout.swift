// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Puts references in the place of media: of base64 in a line, and of bytes that are about to be written into one.
struct MediaTakeout {
    /// What the line refers to, each once.
    private(set) var blobs: [EventLine.Blob] = []
    /// The references, one for each media of different content.
    private(set) var references: [MediaReference] = []
    /// Looks for secrets in media first, then over the whole line.
    var redactor: Redactor

    private let policy: MediaPolicy

    init(policy: MediaPolicy, redactor: Redactor) {
        self.policy = policy
        self.redactor = redactor
    }

    /// What a record holds for content that came as bytes: their base64, or the reference in its place.
    ///
    /// The rules are those of base64 that a provider sent, but that bytes with a secret among them are never encoded:
    /// nobody would find it there.
    mutating func text(for bytes: [UInt8]) -> [UInt8] {
        var staysInline = (bytes.count &+ 2) / 3 &* 4 < MediaFinder.shortest
        if case .keep = policy { staysInline = true }
        if staysInline, secret(in: bytes) == nil { return Base64.text(of: bytes) }
        return Array(refer(to: bytes, Base64.Form()).text.utf8)
    }

    /// Writes a body of bytes: its length, and what stands for it where it was kept whole.
    mutating func write(_ body: [UInt8]?, _ byteCount: Int, to json: inout JSONWriter) {
        json.member("bodyBytes", byteCount)
        if let body { json.member("bodyBase64", escaped: text(for: body)) }
    }

    /// Replaces the base64 media of a line that is not redacted yet.
    ///
    /// Base64 that cannot be had back exactly from its bytes, or that repeats a credential, stays for the redactor to
    /// see. Media with a secret among its bytes is dropped, and the redactor counts it.
    mutating func take(from line: inout [UInt8]) {
        if case .keep = policy { return }
        let copy: [UInt8]? = line.withUnsafeBufferPointer { line in
            let ranges = MediaFinder.find(in: line)
            guard !ranges.isEmpty else { return nil }
            var copy: [UInt8] = []
            copy.reserveCapacity(line.count &- ranges.reduce(0) { $0 &+ $1.count } / 2)
            var runStart = 0
            for range in ranges {
                let text = UnsafeBufferPointer(rebasing: line[range])
                guard let media = Self.exactBytes(of: text), redactor.secret(in: text, .credentials) == nil else {
                    continue
                }
                copy.append(contentsOf: UnsafeBufferPointer(rebasing: line[runStart..<range.lowerBound]))
                copy.append(contentsOf: Array(refer(to: media.bytes, media.form).text.utf8))
                runStart = range.upperBound
            }
            copy.append(contentsOf: UnsafeBufferPointer(rebasing: line[runStart...]))
            return copy
        }
        if let copy { line = copy }
    }

    private mutating func refer(to bytes: [UInt8], _ form: Base64.Form) -> MediaReference {
        let digest = SHA256.digest(of: bytes)
        var reference = MediaReference(
            fate: .blob, digest: digest, mediaType: MediaSignature.mediaType(of: bytes) ?? "application/octet-stream",
            byteCount: bytes.count, form: form)
        for known in references where known.hash.utf8.elementsEqual(reference.hash.utf8) {
            reference.fate = known.fate
            return reference
        }
        let secret = secret(in: bytes)
        if let secret { redactor.note(secret) }
        if case .blob = policy, secret == nil {
            blobs.append(EventLine.Blob(hash: reference.hash, bytes: bytes))
        } else {
            reference.fate = .drop
        }
        references.append(reference)
        return reference
    }

    private func secret(in bytes: [UInt8]) -> StaticString? {
        bytes.withUnsafeBufferPointer { redactor.secret(in: $0, .credentialsAndShapes) }
    }

    /// Text of a JSON string may have escapes, of slashes above all.
    private static func exactBytes(of text: UnsafeBufferPointer<UInt8>) -> (bytes: [UInt8], form: Base64.Form)? {
        guard text.contains(UInt8(ascii: "\\")) else { return Base64.exactBytes(of: text) }
        return JSONEscape.unescaped(text).withUnsafeBufferPointer { Base64.exactBytes(of: $0) }
    }
}
