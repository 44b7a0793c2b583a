// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// How an exchange came out: the record's `status`, `error` and how its stream ended.
struct Outcome: Sendable {
    enum Status: Sendable {
        case ok
        case error
        case incomplete

        var word: StaticString {
            switch self {
            case .ok: "ok"
            case .error: "error"
            case .incomplete: "incomplete"
            }
        }
    }

    enum EndedBy: Sendable {
        case done
        case eof
        case clientClose
        case serverClose
        case error

        var word: StaticString {
            switch self {
            case .done: "done"
            case .eof: "eof"
            case .clientClose: "client_close"
            case .serverClose: "server_close"
            case .error: "error"
            }
        }
    }

    var status: Status
    var endedBy: EndedBy
    var error: CallError?
    /// The stream said all that it had to say.
    var isComplete = false

    /// - Parameters:
    ///   - call: what the response meant; its error is the provider's.
    ///   - isStream: the response was a stream of events.
    ///   - isUnderstood: the API is one that tells when a choice is finished.
    init(end: ExchangeEnd?, httpStatus: UInt16?, call: Call, isStream: Bool, isUnderstood: Bool) {
        let isFinished = !isUnderstood || Self.isFinished(call)
        switch end {
        case .complete:
            endedBy = call.isTerminated ? .done : .eof
            isComplete = call.isTerminated || isFinished
            status = !isStream || isComplete ? .ok : .incomplete
        case .clientClosed:
            endedBy = call.isTerminated ? .done : .clientClose
            isComplete = isStream && call.isTerminated
            // A client may leave once every choice has its finish reason: the reply is whole then.
            status = isComplete || (isStream && isUnderstood && isFinished) ? .ok : .incomplete
        case .serverClosed:
            endedBy = call.isTerminated ? .done : .serverClose
            isComplete = isStream && call.isTerminated
            status = isComplete ? .ok : .incomplete
        case .networkFailed, .captureFailed:
            endedBy = .error
            status = .incomplete
        case nil:
            endedBy = .error
            status = .incomplete
        }
        takeErrors(end, httpStatus, call)
    }

    /// The outcome without the secrets that its error shows.
    func cleaned(by credentials: inout BodyCredentials) -> Outcome {
        var outcome = self
        guard let error else { return outcome }
        let raw = error.raw.withUnsafeBufferPointer { buffer in
            JSONView(parsing: buffer).flatMap { credentials.cleaned($0) }
        }
        if let raw { outcome.error?.raw = raw }
        // An object in the place of words is told as its JSON.
        let message = error.message.withUnsafeBufferPointer { JSONEscape.unescaped($0) }
        if let clean = credentials.cleaned(text: message) {
            var escaped: [UInt8] = []
            clean.withUnsafeBufferPointer { _ = JSONEscape.append($0, to: &escaped) }
            outcome.error?.message = escaped
        }
        return outcome
    }

    private mutating func takeErrors(_ end: ExchangeEnd?, _ httpStatus: UInt16?, _ call: Call) {
        if case .networkFailed(let type, let message) = end {
            status = .error
            error = Self.error(.network, type, message)
            error?.isRetryable = true
        } else if case .captureFailed(let message) = end {
            error = Self.error(.capture, "capture_failed", message)
        }
        if let told = call.error {
            status = .error
            endedBy = .error
            isComplete = false
            error = told
        } else if let httpStatus, httpStatus >= 400, error == nil {
            status = .error
            error = CallError(source: .provider)
        }
        guard error?.source == .provider else { return }
        if let httpStatus, httpStatus >= 400 {
            error?.isRetryable = httpStatus >= 500 || httpStatus == 408 || httpStatus == 409 || httpStatus == 429
        } else if let error {
            // A code is kept as JSON, so a word stands between quotes.
            let word = Array(error.code.dropFirst().dropLast())
            let number = error.code.withUnsafeBufferPointer { JSONNumber.integer($0) } ?? 0
            self.error?.isRetryable =
                Self.isPassing(error.type) || Self.isPassing(word) || (500..<600).contains(number) || number == 429
        }
    }

    /// The types of errors in a stream that another try may not meet.
    private static func isPassing(_ type: [UInt8]) -> Bool {
        let passing: [StaticString] = [
            "overloaded_error", "rate_limit_error", "api_error", "timeout_error", "server_error", "rate_limit_exceeded",
            "throttlingException", "serviceUnavailableException", "internalServerException",
            "modelStreamErrorException", "modelTimeoutException",
        ]
        for word in passing where ASCII.isEqual(type, word) { return true }
        return false
    }

    private static func isFinished(_ call: Call) -> Bool {
        guard !call.choices.isEmpty else { return call.embeddings != nil }
        for choice in call.choices where choice.finishReason.isEmpty { return false }
        return true
    }

    private static func error(_ source: CallError.Source, _ type: String, _ message: String) -> CallError {
        var error = CallError(source: source)
        Array(type.utf8).withUnsafeBufferPointer { _ = JSONEscape.append($0, to: &error.type) }
        Array(message.utf8).withUnsafeBufferPointer { _ = JSONEscape.append($0, to: &error.message) }
        return error
    }
}
