// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Writes the record of an exchange, `trainloop.event/1`: the order of its keys is the order of the calls below.
///
/// Everything known goes in, what is not known is absent. Media is taken out of the line, and the line redacted, as a whole
/// before its end is written, since the end tells of both.
///
/// A class, so that those who write its parts share it: a copy of all that it holds would cost as much as they do.
final class RecordWriter {
    let context: CaptureContext
    let exchange: Exchange
    let line: RequestLine?
    let parser: ProviderParser?
    let request: RequestContent
    let reader: ResponseReader
    let call: Call
    let body: ResponseBody
    /// The request's body without its secrets; nil where it has none.
    let cleanRequest: [UInt8]?
    private let credentials: BodyCredentials
    let outcome: Outcome
    private let url: EncodedURL

    init(
        context: CaptureContext, exchange: Exchange, line: RequestLine?, parser: ProviderParser?,
        request: RequestContent, reader: ResponseReader, body: ResponseBody, outcome: Outcome
    ) {
        self.context = context
        self.exchange = exchange
        self.line = line
        self.parser = parser
        self.request = request
        self.reader = reader
        call = reader.sink.assembler.call
        url = EncodedURL(exchange.requestHead)
        let fields = exchange.requestHead?.fields ?? []
        var credentials = BodyCredentials(
            Credentials(fields: fields, queryValues: url.removedValues),
            isAmongCredentials: Self.isAboutCredentials(line))
        let bytes = exchange.requestBody.bytes
        cleanRequest = request.withJSON(in: bytes) { view in
            if let view { credentials.cleaned(view) } else { credentials.cleaned(text: bytes) }
        }
        self.body = body.cleaned(by: &credentials)
        self.outcome = outcome.cleaned(by: &credentials)
        self.credentials = credentials
    }

    func write() -> EventLine {
        var tag = tag()
        var media = MediaTakeout(policy: context.media, redactor: Redactor(credentials: credentials.credentials))
        var json = JSONWriter(
            capacity: exchange.requestBody.bytes.count &+ 2 &* reader.sink.assembler.contentByteCount &+ 2048)
        json.beginObject()
        json.member("durationMs", endMilliseconds &- startMilliseconds)
        json.member("tag", plain: tag)
        let session = EncodedRequest(self).write(to: &json, &media) { request, json, media in
            EncodedOutput(call: call, body: body, outcome: outcome, request: request).write(
                byteCount: exchange.responseByteCount, to: &json, &media)
        }
        json.member("startTimeMs", startMilliseconds)
        json.member("endTimeMs", endMilliseconds)
        json.member("url", plain: url.bytes)
        writeLocation(to: &json)
        json.member("schema", "trainloop.event/1")
        json.member("id", plain: EncodedID.text(context.id))
        json.member("provider", plain: line.map { ProviderName.name(of: $0) } ?? Array("unknown".utf8))
        json.member("api", parser?.api ?? "unknown")
        json.member("status", outcome.status.word)
        writeError(to: &json)
        json.member("responseModel", unlessEmpty: call.responseModel)
        json.member("responseId", unlessEmpty: call.responseID)
        session.write(context, traceParent: requestFields["traceparent"], to: &json)
        writeMeta(to: &json)
        EncodedMeasures(record: self).write(to: &json)
        EncodedHTTP(exchange: exchange).write(to: &json)
        EncodedCapture(record: self).write(to: &json)

        media.take(from: &json.bytes)
        media.redactor.redact(&json.bytes)
        media.redactor.note("credential", count: credentials.count)
        media.redactor.note("url-query", count: url.removedValues.count)
        EncodedCapture.appendEnd(media.references, media.redactor.hits, to: &json.bytes)
        // The tag also goes to the index of call sites.
        media.redactor.redact(&tag, isJSON: false)
        return EventLine(
            bytes: json.take(), blobs: media.blobs, shelf: shelf, parse: parse, isTruncated: isTruncated,
            tag: String(decoding: tag, as: UTF8.self), locationFile: context.location?.file ?? "unknown",
            locationLine: context.location?.line ?? "0")
    }

    /// A form, told with its media, without the secrets that it has without them.
    func cleaned(_ content: RequestContent, _ bytes: [UInt8]) -> [UInt8] {
        var credentials = credentials
        return content.withJSON(in: bytes) { $0.flatMap { credentials.cleaned($0) } } ?? bytes
    }

    /// The address is one of those that hand out, or take, keys and tokens.
    private static func isAboutCredentials(_ line: RequestLine?) -> Bool {
        let ends: [StaticString] = [
            "/client_secrets", "/secret", "/secrets", "/auth_tokens", "/tokens", "/byok", "/keys", "/api_keys",
        ]
        guard let path = line?.path else { return false }
        for end in ends where ASCII.hasSuffix(path, end) { return true }
        return false
    }

    var requestFields: HTTPFields { HTTPFields(fields: exchange.requestHead?.fields ?? []) }

    private var startMilliseconds: Int64 { exchange.startedAt?.millisecondsSinceEpoch ?? 0 }

    /// Not before the start, even when the clock was set back meanwhile.
    private var endMilliseconds: Int64 {
        max(startMilliseconds, exchange.lastSeenAt?.millisecondsSinceEpoch ?? 0)
    }

    /// The call's own tag, or that of the run.
    private func tag() -> [UInt8] {
        requestFields["x-trainloop-tag"] ?? Array(context.defaultTag.utf8)
    }

    private func writeLocation(to json: inout JSONWriter) {
        json.key("location")
        json.beginObject()
        json.member("file", context.location?.file ?? "unknown")
        json.member("lineNumber", context.location?.line ?? "0")
        json.endObject()
    }

    /// The application's own words, as strings.
    private func writeMeta(to json: inout JSONWriter) {
        guard !context.meta.isEmpty else { return }
        json.key("meta")
        json.beginObject()
        for (name, value) in context.meta {
            json.key(plain: Array(name.utf8))
            json.string(value)
        }
        json.endObject()
    }

    private func writeError(to json: inout JSONWriter) {
        guard let error = outcome.error else { return }
        json.key("error")
        json.beginObject()
        switch error.source {
        case .provider: json.member("source", "provider")
        case .network: json.member("source", "network")
        case .capture: json.member("source", "capture")
        }
        if !error.type.isEmpty {
            json.member("type", escaped: error.type)
        } else if error.source == .provider, let type = awsErrorType {
            json.member("type", plain: type)
        }
        if !error.code.isEmpty {
            json.key("code")
            json.raw(error.code)
        }
        json.member("message", unlessEmpty: error.message)
        let fields = HTTPFields(fields: exchange.responseHead?.fields ?? [])
        var isRetryable = error.isRetryable
        if error.source == .provider, let advice = fields["x-should-retry"] {
            if ASCII.isEqual(advice, "true") { isRetryable = true }
            if ASCII.isEqual(advice, "false") { isRetryable = false }
        }
        if !error.raw.isEmpty {
            json.key("raw")
            json.raw(error.raw)
        }
        if let isRetryable { json.member("retryable", isRetryable) }
        if error.source == .provider, let instant = exchange.respondedAt,
            let wait = fields.retryAfterMilliseconds(at: instant)
        {
            json.member("retryAfterMs", wait)
        }
        json.endObject()
    }

    /// What AWS says in a header: `ValidationException:http://...`.
    private var awsErrorType: [UInt8]? {
        let field = HTTPFields(fields: exchange.responseHead?.fields ?? [])["x-amzn-errortype"]
        return field.map { Array($0.prefix { $0 != UInt8(ascii: ":") }) }
    }

    // MARK: - What the journal must know

    /// `events/` holds whole calls whose reply an eval can score.
    private var shelf: EventLine.Shelf {
        guard case .ok = outcome.status, parser != nil, call.embeddings == nil, !reader.hasGap else { return .calls }
        // An answer that is fetched later stands without its question.
        if parser?.bodyUse == .shown, line?.isPost != true { return .calls }
        for choice in call.choices {
            for part in choice.parts {
                switch part.kind {
                case .toolCall: return .events
                case .serverToolCall: if part.isForApplication { return .events }
                case .text, .refusal, .audio: if !part.text.isEmpty { return .events }
                default: continue
                }
            }
        }
        return .calls
    }

    var parse: EventLine.Parse {
        guard parser != nil else { return .raw }
        let isWhole: Bool
        switch body {
        case .none: isWhole = true
        default: isWhole = parser?.bodyUse == .shown || parser?.bodyUse == .textAndShown && !call.choices.isEmpty
        }
        guard isWhole, !isTruncated, !request.isClosed, isRequestRead, !hasUnreadParts else { return .partial }
        if case .incomplete = outcome.status { return .partial }
        return .full
    }

    /// Where the answer is only shown, so is the request.
    private var isRequestRead: Bool { request.isReadable || parser?.bodyUse == .shown }

    private var hasUnreadParts: Bool {
        let found = reader.sink.assembler.diagnostics
        return found.contains(.streamEventNotJSON) || found.contains(.streamEventBroken) || found.contains(.responseCut)
            || found.contains(.tooManyParts)
    }

    var isTruncated: Bool {
        let found = reader.sink.assembler.diagnostics
        return exchange.requestBody.isCut || reader.body.isCut || reader.hasGap || found.contains(.streamEventTooLarge)
            || found.contains(.contentBeyondBound) || found.contains(.bodyBeyondBound)
    }
}
