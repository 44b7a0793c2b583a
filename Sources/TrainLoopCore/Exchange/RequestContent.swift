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
    /// The body was cut and closed after its last whole value.
    var isClosed = false
    var diagnostics: [Diagnostic.Code] = []

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
        if let found = Self.json(bytes) {
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
        let isText = bytes.withUnsafeBufferPointer { UTF8Scan.isValid($0) }
        var candidate = bytes
        if !isText, !bytes.contains(0) { candidate = bytes.withUnsafeBufferPointer { UTF8Scan.repaired($0) } }
        if !isText, let found = Self.json(candidate) {
            form = found
            replacement = candidate
            diagnostics.append(.invalidUTF8)
        } else if isCut {
            close(bytes)
        }
    }

    private mutating func close(_ bytes: [UInt8]) {
        guard let closed = bytes.withUnsafeBufferPointer({ JSONRepair.closed($0) }), let found = Self.json(closed)
        else {
            return
        }
        form = found
        replacement = closed
        isClosed = true
    }

    private static func json(_ bytes: [UInt8]) -> Form? {
        bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress, let view = JSONView(parsing: buffer) else { return nil }
            let offset = view.start - base
            return .json(offset..<(offset &+ view.count), isObject: view.isObject)
        }
    }
}
