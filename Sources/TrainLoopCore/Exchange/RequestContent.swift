// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// What a request body turned out to be, once it is known.
struct RequestContent: Sendable {
    enum Form: Sendable {
        case empty
        /// JSON, of the given kind, in this range of the kept bytes.
        case json(Range<Int>, isObject: Bool)
        case other
    }

    var form: Form
    /// The bytes to read instead of those that came, where they had to be closed or repaired.
    var replacement: [UInt8]?
    /// A form with media, which the replacement leaves out.
    private(set) var multipart: MultipartForm?
    /// Where the values of the JSON end.
    private var index = JSONIndex()
    /// The body was cut and closed after its last whole value.
    var isClosed = false
    var diagnostics: [Diagnostic.Code] = []

    /// Bytes that are held beside those of the body.
    var heldByteCount: Int { index.byteCount &+ (multipart?.byteCount ?? 0) }

    var isObject: Bool {
        if case .json(_, let isObject) = form { return isObject }
        return false
    }

    /// False for a body that no format of this catalog has: neither an object of JSON, nor a form, nor nothing.
    var isReadable: Bool {
        if case .empty = form { return true }
        return isObject
    }

    /// - Parameters:
    ///   - isCut: the bytes are only the beginning of the body.
    ///   - contentType: what the request says it is, for a form.
    init(_ bytes: [UInt8], isCut: Bool, contentType: [UInt8]? = nil) {
        form = .other
        guard !bytes.isEmpty else {
            form = .empty
            return
        }
        if let found = json(bytes) {
            form = found
            return
        }
        if let found = MultipartForm(bytes, contentType: contentType) {
            let object = found.json()
            form = .json(0..<object.count, isObject: true)
            replacement = object
            if found.hasMedia { multipart = found }
            isClosed = isCut && !found.isWhole
            return
        }
        if let object = URLEncodedForm.json(bytes, contentType: contentType) {
            form = .json(0..<object.count, isObject: true)
            replacement = object
            isClosed = isCut
            return
        }
        if let text = TextEncoding.utf8(bytes, contentType: contentType) {
            if let found = json(text) {
                form = found
                replacement = text
            } else if isCut {
                close(text)
            }
            return
        }
        let isText = bytes.withUnsafeBufferPointer { UTF8Scan.isValid($0) }
        var candidate = bytes
        if !isText, !bytes.contains(0) { candidate = bytes.withUnsafeBufferPointer { UTF8Scan.repaired($0) } }
        if !isText, let found = json(candidate) {
            form = found
            replacement = candidate
            diagnostics.append(.invalidUTF8)
        } else if isCut {
            close(bytes)
        }
    }

    /// Calls `body` with the JSON that the request is, in the bytes that are kept of it; nil when it is none.
    func withJSON<Result>(in bytes: [UInt8], _ body: (JSONView?) -> Result) -> Result {
        guard case .json(let range, _) = form else { return body(nil) }
        return bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress, range.upperBound <= buffer.count else { return body(nil) }
            return index.withView(of: JSONView(checked: base + range.lowerBound, count: range.count), body)
        }
    }

    /// Calls `body` with the object that the request is, in the bytes that are kept of it; nil when it is none.
    func withObject<Result>(in bytes: [UInt8], _ body: (JSONView) -> Result) -> Result? {
        withJSON(in: bytes) { view in
            view.flatMap { $0.isObject ? body($0) : nil }
        }
    }

    private mutating func close(_ bytes: [UInt8]) {
        guard let closed = bytes.withUnsafeBufferPointer({ JSONRepair.closed($0) }), let found = json(closed)
        else {
            return
        }
        form = found
        replacement = closed
        isClosed = true
    }

    private mutating func json(_ bytes: [UInt8]) -> Form? {
        bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress, let view = index.parse(buffer) else { return nil }
            let offset = view.start - base
            return .json(offset..<(offset &+ view.count), isObject: view.isObject)
        }
    }
}
