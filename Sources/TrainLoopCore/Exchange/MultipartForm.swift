// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// A request body of `multipart/form-data` (RFC 7578), told as a JSON object: a text for each field, and for each file
/// its name, type, length and content.
///
/// A field that is there several times becomes an array. The contents are slices of the body, copied only when they are told.
struct MultipartForm: Sendable {
    /// More parts than this are no form of any provider.
    private static let partLimit = 256
    /// Longer delimiters are against RFC 2046.
    private static let boundaryByteLimit = 70
    /// Longer text of a file is told as bytes.
    private static let textByteLimit = 1 << 20

    private struct Part {
        let name: [UInt8]
        let fileName: [UInt8]?
        let type: [UInt8]
        let content: ArraySlice<UInt8>
        /// The delimiter behind it was seen.
        let isWhole: Bool
        /// UTF-8 without NUL.
        let isText: Bool

        /// Told as text, however long where nobody calls it a file.
        var isToldAsText: Bool { isText && (fileName == nil || content.count <= MultipartForm.textByteLimit) }
    }

    private var parts: [Part] = []
    /// Bytes of the body, which the parts hold on to.
    let byteCount: Int
    /// The last delimiter was seen.
    private(set) var isWhole = false

    /// - Parameter contentType: the request's content type; nil when there is none.
    /// - Returns: nil when the body is no such form.
    init?(_ bytes: [UInt8], contentType: [UInt8]?) {
        guard let contentType, ASCII.hasPrefixIgnoringCase(contentType, "multipart/form-data"),
            let boundary = Self.boundary(in: contentType)
        else {
            return nil
        }
        let delimiter = [0x2D, 0x2D] + boundary
        guard bytes.starts(with: delimiter) else { return nil }
        byteCount = bytes.count
        var index = delimiter.count
        for _ in 0..<Self.partLimit {
            guard let start = Self.partStart(bytes, index) else {
                isWhole = bytes[index...].starts(with: [0x2D, 0x2D])
                break
            }
            let end = Self.delimiterStart(bytes, start, delimiter)
            if let part = Self.part(bytes[start..<end], isWhole: end < bytes.count) { parts.append(part) }
            guard end < bytes.count else { break }
            index = end &+ 2 &+ delimiter.count
        }
    }

    /// Whether a part is whole and no text.
    var hasMedia: Bool { parts.contains { $0.isWhole && !$0.isToldAsText } }

    /// The form as JSON.
    ///
    /// - Parameter encoded: what stands for content that is no text: base64, or a reference; nil for nothing.
    func json(encoded: (ArraySlice<UInt8>) -> [UInt8]? = { _ in nil }) -> [UInt8] {
        var json = JSONWriter(capacity: 512)
        json.beginObject()
        for (index, part) in parts.enumerated() where !parts[..<index].contains(where: { $0.name == part.name }) {
            let namesakes = parts[index...].filter { $0.name == part.name }
            json.key(plain: part.name)
            if namesakes.count > 1 { json.beginArray() }
            for part in namesakes { Self.write(part, encoded, to: &json) }
            if namesakes.count > 1 { json.endArray() }
        }
        json.endObject()
        return json.take()
    }

    private static func write(_ part: Part, _ encoded: (ArraySlice<UInt8>) -> [UInt8]?, to json: inout JSONWriter) {
        // A field that is no text, though nobody called it a file, has no other exact form.
        guard part.fileName != nil || part.isWhole && !part.isToldAsText else {
            json.string(plain: Array(part.content))
            return
        }
        json.beginObject()
        if let fileName = part.fileName { json.member("filename", plain: fileName) }
        if !part.type.isEmpty { json.member("contentType", plain: part.type) }
        json.member("bytes", part.content.count)
        if part.isToldAsText {
            json.member("content", plain: Array(part.content))
        } else if part.isWhole, let text = encoded(part.content) {
            json.member("base64", escaped: text)
        }
        json.endObject()
    }

    // MARK: - Structure

    private static func boundary(in contentType: [UInt8]) -> [UInt8]? {
        guard let range = ASCII.firstRange(of: "boundary=", in: contentType.map { $0.lowercasedASCII }) else {
            return nil
        }
        var rest = contentType[range.upperBound...]
        if rest.first == UInt8(ascii: "\"") {
            rest = rest.dropFirst().prefix { $0 != UInt8(ascii: "\"") }
        } else {
            rest = rest.prefix { $0 != UInt8(ascii: ";") && $0 != 0x20 }
        }
        return rest.isEmpty || rest.count > boundaryByteLimit ? nil : Array(rest)
    }

    /// The first byte after the line end of a delimiter; nil behind the last delimiter or at the end.
    private static func partStart(_ bytes: [UInt8], _ from: Int) -> Int? {
        var index = from
        while index < bytes.count, bytes[index] == 0x20 || bytes[index] == 0x09 { index &+= 1 }
        guard index &+ 1 < bytes.count, bytes[index] == 0x0D, bytes[index &+ 1] == 0x0A else { return nil }
        return index &+ 2
    }

    /// Where the line end before the next delimiter begins, or the end of the bytes.
    ///
    /// Each position that begins with CR is compared once, and a delimiter has no CR: linear.
    private static func delimiterStart(_ bytes: [UInt8], _ from: Int, _ delimiter: [UInt8]) -> Int {
        var index = from
        while index < bytes.count {
            if bytes[index] == 0x0D, index &+ 1 < bytes.count, bytes[index &+ 1] == 0x0A,
                bytes[(index &+ 2)...].starts(with: delimiter)
            {
                return index
            }
            index &+= 1
        }
        return bytes.count
    }

    // MARK: - Parts

    /// - Returns: nil for a part without a name.
    private static func part(_ bytes: ArraySlice<UInt8>, isWhole: Bool) -> Part? {
        var name: [UInt8]?
        var fileName: [UInt8]?
        var type: [UInt8] = []
        var rest = bytes
        while let end = lineEnd(rest) {
            let line = Array(rest[rest.startIndex..<end])
            rest = rest[(end &+ 2)...]
            if line.isEmpty { break }
            if ASCII.hasPrefixIgnoringCase(line, "content-disposition:") {
                name = parameter(" name=", in: line) ?? parameter(";name=", in: line)
                fileName = parameter("filename=", in: line)
            } else if ASCII.hasPrefixIgnoringCase(line, "content-type:") {
                type = ASCII.trimmed(Array(line[13...]))
            }
        }
        guard let name else { return nil }
        let isText = !rest.contains(0) && rest.withUnsafeBufferPointer { UTF8Scan.isValid($0) }
        return Part(name: name, fileName: fileName, type: type, content: rest, isWhole: isWhole, isText: isText)
    }

    private static func lineEnd(_ bytes: ArraySlice<UInt8>) -> Int? {
        var index = bytes.startIndex
        while index &+ 1 < bytes.endIndex {
            if bytes[index] == 0x0D, bytes[index &+ 1] == 0x0A { return index }
            index &+= 1
        }
        return nil
    }

    private static func parameter(_ word: StaticString, in line: [UInt8]) -> [UInt8]? {
        guard let range = ASCII.firstRange(of: word, in: line) else { return nil }
        let rest = line[range.upperBound...]
        guard rest.first == UInt8(ascii: "\"") else { return Array(rest.prefix { $0 != UInt8(ascii: ";") }) }
        return Array(rest.dropFirst().prefix { $0 != UInt8(ascii: "\"") })
    }
}
