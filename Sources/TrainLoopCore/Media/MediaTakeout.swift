// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Takes base64 media out of a line, and puts references in its place.
struct MediaTakeout {
    /// What the line refers to, each once.
    private(set) var blobs: [EventLine.Blob] = []
    /// The references, one for each media of different content.
    private(set) var references: [MediaReference] = []

    private let policy: MediaPolicy

    init(policy: MediaPolicy) {
        self.policy = policy
    }

    /// Replaces the media of a line that is not redacted yet.
    ///
    /// Base64 that cannot be had back exactly from its bytes, or that repeats a credential, stays for the redactor to
    /// see. Media with a secret among its bytes is dropped, and the redactor counts it.
    mutating func take(from line: inout [UInt8], _ redactor: inout Redactor) {
        if case .keep = policy { return }
        let copy: [UInt8]? = line.withUnsafeBufferPointer { line in
            let ranges = MediaFinder.find(in: line)
            guard !ranges.isEmpty else { return nil }
            var copy: [UInt8] = []
            copy.reserveCapacity(line.count &- ranges.reduce(0) { $0 &+ $1.count } / 2)
            var runStart = 0
            for range in ranges {
                guard let text = refer(to: UnsafeBufferPointer(rebasing: line[range]), &redactor) else { continue }
                copy.append(contentsOf: UnsafeBufferPointer(rebasing: line[runStart..<range.lowerBound]))
                copy.append(contentsOf: Array(text.utf8))
                runStart = range.upperBound
            }
            copy.append(contentsOf: UnsafeBufferPointer(rebasing: line[runStart...]))
            return copy
        }
        if let copy { line = copy }
    }

    /// The reference to put in the place of base64 text; nil when the text must stay.
    private mutating func refer(to text: UnsafeBufferPointer<UInt8>, _ redactor: inout Redactor) -> String? {
        guard let media = Self.exactBytes(of: text), redactor.secret(in: text, .credentials) == nil else { return nil }
        let digest = SHA256.digest(of: media.bytes)
        var reference = MediaReference(
            fate: .blob, digest: digest,
            mediaType: MediaSignature.mediaType(of: media.bytes) ?? "application/octet-stream",
            byteCount: media.bytes.count, form: media.form)
        for known in references where known.hash.utf8.elementsEqual(reference.hash.utf8) {
            reference.fate = known.fate
            return reference.text
        }
        let secret = media.bytes.withUnsafeBufferPointer { redactor.secret(in: $0, .credentialsAndShapes) }
        if let secret { redactor.note(secret) }
        if case .blob = policy, secret == nil {
            blobs.append(EventLine.Blob(hash: reference.hash, bytes: media.bytes))
        } else {
            reference.fate = .drop
        }
        references.append(reference)
        return reference.text
    }

    /// Text of a JSON string may have escapes, of slashes above all.
    private static func exactBytes(of text: UnsafeBufferPointer<UInt8>) -> (bytes: [UInt8], form: Base64.Form)? {
        guard text.contains(UInt8(ascii: "\\")) else { return Base64.exactBytes(of: text) }
        return JSONEscape.unescaped(text).withUnsafeBufferPointer { Base64.exactBytes(of: $0) }
    }
}
