// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Finds base64 media in a line of JSON: by the shape of a string and by what its own object says of it, since providers
/// and their versions are many and the shapes few.
///
/// A string of at least `shortest` bytes is media when it is a data URL, when it begins as a known kind of file does,
/// when its key is one of those for media, or when it is the `data` or `content` of an object that tells a media type.
struct MediaFinder {
    /// Where base64 text may stand, without quotes and the head of a data URL.
    struct Candidate {
        let range: Range<Int>
        fileprivate(set) var isMedia: Bool
    }

    /// Shorter strings are never looked at: a reference takes a hundred bytes itself.
    static let shortest = 1024
    /// More media than this stays in the record.
    static let countLimit = 4096
    /// The head of a data URL is not longer.
    private static let headLimit = 256

    /// A container around the position of the walk.
    private struct Frame {
        let isObject: Bool
        /// The key of the value at hand; in an array the array's own.
        var key: JSONText
        var isKeyNext: Bool
        /// Index of the candidate that is media if this object tells a type.
        var doubtful: Int?
        var hasType = false
    }

    private let line: UnsafePointer<UInt8>
    private let count: Int
    private var frames: [Frame] = []
    private var candidates: [Candidate] = []

    private init(_ line: UnsafePointer<UInt8>, count: Int) {
        self.line = line
        self.count = count
    }

    /// The places of media in `line`, in their order; `line` is JSON that may lack its end.
    static func find(in line: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
        guard let base = line.baseAddress, hasLongRun(base, line.count) else { return [] }
        var finder = MediaFinder(base, count: line.count)
        finder.walk()
        return finder.candidates.filter { $0.isMedia }.map { $0.range }
    }

    /// True when a run of base64 is long enough to be looked for.
    ///
    /// Such a run covers a whole half of that length somewhere; in other text a few bytes of each half are read.
    private static func hasLongRun(_ line: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        let step = shortest / 2
        var start = step
        while start < count {
            var index = start
            let end = min(count, start &+ step)
            while index < end, Base64.isDigit(line[index]) || line[index] == UInt8(ascii: "\\") { index &+= 1 }
            if index == start &+ step { return true }
            start &+= step
        }
        return false
    }

    private mutating func walk() {
        var index = 0
        while index < count, candidates.count < Self.countLimit {
            let byte = line[index]
            index &+= 1
            switch byte {
            case UInt8(ascii: "\""):
                let end = JSONScan.checkedStringEnd(line, index, count)
                take(JSONText(start: line + index, count: max(0, end &- 1 &- index)), at: index)
                index = end
            case UInt8(ascii: "{"), UInt8(ascii: "["): open(isObject: byte == UInt8(ascii: "{"))
            case UInt8(ascii: "}"), UInt8(ascii: "]"): close()
            case UInt8(ascii: ":"): if !frames.isEmpty { frames[frames.count &- 1].isKeyNext = false }
            case UInt8(ascii: ","): if let frame = frames.last { frames[frames.count &- 1].isKeyNext = frame.isObject }
            default: continue
            }
        }
        while !frames.isEmpty { close() }
    }

    private mutating func open(isObject: Bool) {
        let key = frames.last?.key ?? JSONText(start: line, count: 0)
        frames.append(Frame(isObject: isObject, key: key, isKeyNext: isObject))
    }

    private mutating func close() {
        guard let frame = frames.popLast(), frame.hasType, let doubtful = frame.doubtful else { return }
        candidates[doubtful].isMedia = true
    }

    private mutating func take(_ text: JSONText, at start: Int) {
        guard let frame = frames.last else { return }
        if frame.isKeyNext {
            frames[frames.count &- 1].key = text
            if Self.isTypeKey(text) { frames[frames.count &- 1].hasType = true }
            return
        }
        guard text.count >= Self.shortest else { return }
        let head = Self.headCount(text)
        guard text.count &- head >= Self.shortest else { return }
        let range = (start &+ head)..<(start &+ text.count)
        if head > 0 || Self.isMediaKey(frame.key) || Self.hasSignature(text) {
            candidates.append(Candidate(range: range, isMedia: true))
        } else if frame.isObject, frame.key.isEqual(to: "data") || frame.key.isEqual(to: "content") {
            frames[frames.count &- 1].doubtful = candidates.count
            candidates.append(Candidate(range: range, isMedia: false))
        }
    }

    /// Keys whose long base64 is media, whatever it begins with.
    private static func isMediaKey(_ key: JSONText) -> Bool {
        let known: [StaticString] = [
            "audio", "b64_json", "base64", "bytes", "bytesBase64Encoded", "file_data", "image", "images",
            "input_audio",
        ]
        return known.contains { key.isEqual(to: $0) }
    }

    /// Keys by which an object tells the type of its `data` or `content`.
    private static func isTypeKey(_ key: JSONText) -> Bool {
        let known: [StaticString] = ["format", "media_type", "mediaType", "mimeType", "mime_type", "modality"]
        return known.contains { key.isEqual(to: $0) }
    }

    /// The length of `data:image/png;base64,` and its like; 0 for a text that is no data URL of base64.
    private static func headCount(_ text: JSONText) -> Int {
        guard text.hasPrefix("data:") else { return 0 }
        let head = text.bytes.prefix(headLimit)
        guard let comma = head.firstIndex(of: UInt8(ascii: ",")),
            ASCII.hasSuffix(head[..<comma], ";base64")
        else {
            return 0
        }
        return comma &+ 1
    }

    private static func hasSignature(_ text: JSONText) -> Bool {
        // Each digit may have a backslash before it; whole groups of four digits are decoded.
        let beginning = text.bytes.prefix(MediaSignature.byteCount / 3 &* 8).filter { $0 != UInt8(ascii: "\\") }
        let digits = beginning.prefix(MediaSignature.byteCount / 3 &* 4)
        guard let start = Array(digits).withUnsafeBufferPointer({ Base64.exactBytes(of: $0) }) else { return false }
        return MediaSignature.mediaType(of: start.bytes) != nil
    }
}
