// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// A request body of `multipart/form-data` (RFC 7578), told as a JSON object: a text for each field, and for each file
/// its name, type and length.
///
/// A field that is there several times becomes an array. The content of a file is kept only when it is text.
enum MultipartForm {
    /// More parts than this are no form of any provider.
    private static let partLimit = 256
    /// Longer delimiters are against RFC 2046.
    private static let boundaryByteLimit = 70
    /// Text of one file that is kept.
    private static let textByteLimit = 1 << 20

    private struct Field {
        var name: [UInt8]
        /// JSON values with commas between them.
        var values: [UInt8]
        var count: Int
    }

    /// - Parameter contentType: the request's content type; nil when there is none.
    /// - Returns: the form as JSON, and whether its last delimiter was seen; nil when the body is no such form.
    static func json(_ bytes: [UInt8], contentType: [UInt8]?) -> (object: [UInt8], isWhole: Bool)? {
        guard let contentType, ASCII.hasPrefixIgnoringCase(contentType, "multipart/form-data"),
            let boundary = boundary(in: contentType)
        else {
            return nil
        }
        let delimiter = [0x2D, 0x2D] + boundary
        guard bytes.starts(with: delimiter) else { return nil }
        var fields: [Field] = []
        var index = delimiter.count
        var isWhole = false
        for _ in 0..<partLimit {
            guard let start = partStart(bytes, index) else {
                isWhole = bytes[index...].starts(with: [0x2D, 0x2D])
                break
            }
            let end = delimiterStart(bytes, start, delimiter)
            read(bytes[start..<end], &fields)
            guard end < bytes.count else { break }
            index = end &+ 2 &+ delimiter.count
        }
        return (object(fields), isWhole)
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

    private static func read(_ part: ArraySlice<UInt8>, _ fields: inout [Field]) {
        var name: [UInt8]?
        var fileName: [UInt8]?
        var type: [UInt8] = []
        var rest = part
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
        guard let name else { return }
        add(value(Array(rest), fileName: fileName, type: type), to: name, &fields)
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

    private static func value(_ content: [UInt8], fileName: [UInt8]?, type: [UInt8]) -> [UInt8] {
        var json = JSONWriter(capacity: 128)
        guard let fileName else {
            json.string(plain: content)
            return json.take()
        }
        json.beginObject()
        json.member("filename", plain: fileName)
        if !type.isEmpty { json.member("contentType", plain: type) }
        json.member("bytes", content.count)
        if content.count <= textByteLimit, !content.contains(0),
            content.withUnsafeBufferPointer({ UTF8Scan.isValid($0) })
        {
            json.member("content", plain: content)
        }
        json.endObject()
        return json.take()
    }

    private static func add(_ value: [UInt8], to name: [UInt8], _ fields: inout [Field]) {
        for index in fields.indices where fields[index].name == name {
            fields[index].values.append(UInt8(ascii: ","))
            fields[index].values.append(contentsOf: value)
            fields[index].count &+= 1
            return
        }
        fields.append(Field(name: name, values: value, count: 1))
    }

    private static func object(_ fields: [Field]) -> [UInt8] {
        var json = JSONWriter(capacity: 512)
        json.beginObject()
        for field in fields {
            var name: [UInt8] = []
            field.name.withUnsafeBufferPointer { _ = JSONEscape.append($0, to: &name) }
            name.withUnsafeBufferPointer { buffer in
                guard let base = buffer.baseAddress else { return json.key("") }
                json.key(escaped: JSONText(start: base, count: buffer.count))
            }
            if field.count == 1 {
                json.raw(field.values)
            } else {
                json.beginArray()
                json.raw(field.values)
                json.endArray()
            }
        }
        json.endObject()
        return json.take()
    }
}
