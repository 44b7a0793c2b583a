// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// A request body of `application/x-www-form-urlencoded`, told as a JSON object: a text for each field, an array for one that is
/// there several times.
///
/// Source: https://url.spec.whatwg.org/#application/x-www-form-urlencoded
enum URLEncodedForm {
    /// More fields than this are no form of any provider.
    private static let fieldLimit = 256

    /// - Parameter contentType: the request's content type; nil when there is none.
    /// - Returns: nil when the body is no such form.
    static func json(_ bytes: [UInt8], contentType: [UInt8]?) -> [UInt8]? {
        guard let contentType, ASCII.hasPrefixIgnoringCase(contentType, "application/x-www-form-urlencoded") else {
            return nil
        }
        // `curl -d` calls JSON a form; when it is cut or broken, it is JSON all the same.
        let first = bytes.first { !JSONScan.isSpace($0) }
        guard first != UInt8(ascii: "{"), first != UInt8(ascii: "[") else { return nil }
        var fields: [(name: [UInt8], values: [[UInt8]])] = []
        for field in bytes.split(separator: UInt8(ascii: "&")) {
            let name = plain(field.prefix { $0 != UInt8(ascii: "=") })
            let value = plain(field.drop { $0 != UInt8(ascii: "=") }.dropFirst())
            if let index = fields.firstIndex(where: { $0.name.elementsEqual(name) }) {
                fields[index].values.append(value)
            } else {
                guard fields.count < fieldLimit else { return nil }
                fields.append((name, [value]))
            }
        }
        return object(fields)
    }

    /// The characters that a name or a value stands for.
    private static func plain(_ text: ArraySlice<UInt8>) -> [UInt8] {
        let spaced = text.map { $0 == UInt8(ascii: "+") ? 0x20 : $0 }
        return EncodedURL.decoded(spaced[...], lowercasing: false)
    }

    private static func object(_ fields: [(name: [UInt8], values: [[UInt8]])]) -> [UInt8] {
        var json = JSONWriter(capacity: 256)
        json.beginObject()
        for field in fields {
            json.key(plain: field.name)
            if field.values.count > 1 { json.beginArray() }
            for value in field.values { json.string(plain: value) }
            if field.values.count > 1 { json.endArray() }
        }
        json.endObject()
        return json.take()
    }
}
