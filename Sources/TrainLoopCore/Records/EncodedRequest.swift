// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The record's `input`, `model` and `modelParams`: the request body, sorted into what TrainLoop calls by these names.
struct EncodedRequest {
    private let record: RecordWriter

    init(_ record: RecordWriter) {
        self.record = record
    }

    /// Writes `input`, then what `writeOutput` writes, then `model` and `modelParams`.
    ///
    /// - Returns: what the request says of the session it belongs to.
    func write(
        to json: inout JSONWriter, _ media: inout MediaTakeout,
        output writeOutput: (JSONView?, inout JSONWriter, inout MediaTakeout) -> Void
    ) -> EncodedSession {
        var bytes = record.exchange.requestBody.bytes
        var content = record.request
        if let multipart = content.multipart {
            bytes = multipart.json { media.text(for: Array($0)) }
            content = RequestContent(bytes, isCut: false)
            if record.cleanRequest != nil { bytes = record.cleaned(content, bytes) }
        } else if let clean = record.cleanRequest {
            bytes = clean
        }
        if record.cleanRequest != nil { content = RequestContent(bytes, isCut: false) }
        return content.withJSON(in: bytes) { view in
            var reading = RequestReading()
            let object = view.flatMap { $0.isObject ? $0 : nil }
            if let object { record.parser?.readRequest(object, &reading) }
            writeInput(reading, to: &json)
            writeOutput(object, &json, &media)
            writeModel(reading, object, to: &json)
            writeParameters(reading, view, to: &json, &media)
            return EncodedSession(
                previousResponseID: reading.previousResponseID?.copy ?? [], user: reading.user?.copy ?? [])
        }
    }

    private func writeInput(_ reading: RequestReading, to json: inout JSONWriter) {
        json.key("input")
        json.beginArray()
        for message in reading.messages {
            switch message {
            case .verbatim(let view): json.raw(view.bytes)
            case .wrapped(let role, let content):
                json.beginObject()
                json.member("role", role)
                json.key("content")
                json.raw(content.bytes)
                json.endObject()
            case .contained(let role, let content, let object): write(content, of: object, role, to: &json)
            }
        }
        json.endArray()
    }

    /// A member as the content of a message, and the others of its object under their own names.
    private func write(_ content: JSONView, of object: JSONView, _ role: StaticString, to json: inout JSONWriter) {
        json.beginObject()
        json.member("role", role)
        json.key("content")
        json.raw(content.bytes)
        object.forEachMember { name, value in
            guard value.start != content.start, !name.isEqual(to: "role"), !name.isEqual(to: "content") else { return }
            json.key(escaped: name)
            json.raw(value.bytes)
        }
        json.endObject()
    }

    /// The model as asked for; the path's or the answer's model where the body has none; else empty.
    private func writeModel(_ reading: RequestReading, _ object: JSONView?, to json: inout JSONWriter) {
        json.key("model")
        if let model = reading.model ?? object?["model"]?.text {
            json.string(escaped: model)
        } else if let model = record.parser == nil ? record.line?.deployment : record.line?.modelInPath {
            json.string(plain: model)
        } else {
            json.string(escaped: record.call.responseModel)
        }
    }

    private func writeParameters(
        _ reading: RequestReading, _ view: JSONView?, to json: inout JSONWriter, _ media: inout MediaTakeout
    ) {
        json.key("modelParams")
        guard let view else { return writeOther(to: &json, &media) }
        guard view.isObject else {
            json.beginObject()
            json.key("body")
            json.raw(view.bytes)
            json.endObject()
            return
        }
        guard record.parser != nil else { return json.raw(view.bytes) }
        json.beginObject()
        view.forEachMember { name, value in
            guard !reading.isTaken(value) else { return }
            guard reading.isOpened(value) else {
                json.key(escaped: name)
                json.raw(value.bytes)
                return
            }
            writeRest(of: value, named: name, reading, to: &json)
        }
        json.endObject()
    }

    /// The members of an object that are not taken; nothing where all are.
    private func writeRest(
        of object: JSONView, named name: JSONText, _ reading: RequestReading, to json: inout JSONWriter
    ) {
        var isOpen = false
        object.forEachMember { inner, value in
            guard !reading.isTaken(value) else { return }
            if !isOpen {
                json.key(escaped: name)
                json.beginObject()
                isOpen = true
            }
            json.key(escaped: inner)
            json.raw(value.bytes)
        }
        if isOpen { json.endObject() }
    }

    /// A body that is no JSON: a text as a string up to the bound, anything else as bytes.
    private func writeOther(to json: inout JSONWriter, _ media: inout MediaTakeout) {
        let bytes = record.cleanRequest ?? record.exchange.requestBody.bytes
        let byteCount = record.exchange.requestBody.seenByteCount
        let isWhole = !record.exchange.requestBody.isCut && record.exchange.hasRequestEnded
        json.beginObject()
        if !bytes.isEmpty {
            if ResponseBody.isBinary(bytes) {
                media.write(isWhole ? bytes : nil, byteCount, to: &json)
            } else if bytes.count > ResponseReader.textByteLimit {
                let shown = ResponseBody.withoutOpenCharacter(Array(bytes[..<ResponseReader.textByteLimit]))
                json.member("body", plain: shown)
                json.member("bodyBytes", byteCount)
            } else {
                json.key("body")
                if !json.string(plain: bytes), isWhole { media.write(bytes, byteCount, to: &json) }
            }
        }
        json.endObject()
    }
}

/// The record's `session`: what the application said of where the call belongs.
struct EncodedSession {
    var previousResponseID: [UInt8] = []
    var user: [UInt8] = []

    /// The application's own words win over those of the request.
    ///
    /// - Parameter traceParent: the field of W3C Trace Context: `00-<32 hex>-<16 hex>-<2 hex>`.
    func write(_ context: CaptureContext, traceParent: [UInt8]?, to json: inout JSONWriter) {
        let trace = traceParent.flatMap { Self.isTrace($0) ? $0 : nil }
        let names = context.session.utf8.count &+ context.user.utf8.count
        guard names > 0 || !previousResponseID.isEmpty || !user.isEmpty || trace != nil else { return }
        json.key("session")
        json.beginObject()
        if !context.session.utf8.isEmpty { json.member("id", context.session) }
        json.member("previousResponseId", unlessEmpty: previousResponseID)
        if !context.user.utf8.isEmpty {
            json.member("userId", context.user)
        } else {
            json.member("userId", unlessEmpty: user)
        }
        if let trace {
            json.member("traceId", plain: Array(trace[3..<35]))
            json.member("spanId", plain: Array(trace[36..<52]))
        }
        json.endObject()
    }

    private static func isTrace(_ field: [UInt8]) -> Bool {
        guard field.count >= 55 else { return false }
        for index in 0..<55 {
            if index == 2 || index == 35 || index == 52 {
                guard field[index] == UInt8(ascii: "-") else { return false }
            } else {
                guard JSONScan.hexadecimal(field[index]) < 16 else { return false }
            }
        }
        return true
    }
}
