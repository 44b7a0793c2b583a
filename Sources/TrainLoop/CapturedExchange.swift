// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Synchronization
package import TrainLoopCapture
package import TrainLoopCore
import TrainLoopFront

extension TrainLoop {
    /// Opens the record of one exchange of a client that TrainLoop has no front for.
    ///
    /// Tell what happens, in order, from one thread at a time; end with ``CapturedExchange/end()`` or ``CapturedExchange/end(throwing:)``. Where the
    /// host is not to be captured, or nobody collects, everything that is told is let go at once.
    ///
    /// - Parameters:
    ///   - method: such as `POST`.
    ///   - url: the whole URL that is asked.
    ///   - headers: the request's, credentials among them: they are kept off the record by knowing them. `X-Trainloop-Tag` is read
    ///     here; the client takes it off the request.
    ///   - client: the client's name, a word; the record's `capture.route` is `swift:<client>`.
    ///   - fileID: the caller's file, the record's `location`.
    ///   - line: the caller's line.
    public static func exchange(
        _ method: String, url: String, headers: [(name: String, value: String)], client: String,
        fileID: String = #fileID, line: Int = #line
    ) -> CapturedExchange {
        var labels = CallLabels.ofTask(fileID: fileID, line: line)
        labels.responseForm = .unknown
        return CapturedExchange(
            method, url: url, fields: headers.map { HeaderField($0.name, $0.value) }, client: client, labels: labels)
    }
}

/// The record of one exchange while it happens: what a client sees of it is told here, and costs it microseconds.
///
/// ```swift
/// let exchange = TrainLoop.exchange("POST", url: url, headers: headers, client: "my-client")
/// exchange.requestBody(body)
/// exchange.requestEnd()
/// exchange.response(status: 200, headers: responseHeaders)
/// for try await chunk in chunks { exchange.responseBody(chunk) }
/// exchange.end()
/// ```
///
/// An exchange that is let go before its end was told is recorded as given up by the client.
public final class CapturedExchange: Sendable {
    /// Whose exchange it is, also where the task that began it is not to be had.
    private let collector: Collector?
    private let client: String
    private let labels: CallLabels
    private let exchange: RecordedExchange?
    private let response = Atomic<Bool>(false)
    private let hasEnded = Atomic<Bool>(false)

    package init(
        _ method: String, url: String, fields: [HeaderField], client: String, labels: CallLabels,
        collector: Collector? = TrainLoop.collector
    ) {
        self.collector = collector
        self.client = client
        self.labels = labels
        exchange = Self.begin(method, url, fields, client, labels, collector)
    }

    /// The exchange that follows this one in the same call, such as that of a redirect; nil when its host is not to be captured.
    package func next(_ method: String, url: String, fields: [HeaderField]) -> CapturedExchange? {
        let next = CapturedExchange(
            method, url: url, fields: fields, client: client, labels: labels, collector: collector)
        return next.isCaptured ? next : nil
    }

    private static func begin(
        _ method: String, _ url: String, _ fields: [HeaderField], _ client: String, _ labels: CallLabels,
        _ collector: Collector?
    ) -> RecordedExchange? {
        guard let collector, let target = RequestTarget(url),
            collector.recorder.captures(host: target.host, port: target.port)
        else { return nil }
        let head = RequestHead(
            method: Array(method.utf8), isSecure: target.isSecure, host: target.host, port: target.port,
            target: target.path, fields: fields)
        return collector.begin(head, client: client, labels: labels)
    }

    deinit { end(.clientClosed) }

    /// Whether what is told goes into a record.
    public var isCaptured: Bool { exchange != nil }

    var hasResponse: Bool { response.load(ordering: .relaxed) }

    /// Takes content of the request, as it is sent but for its transfer coding.
    public func requestBody(_ bytes: some Sequence<UInt8>) {
        guard exchange != nil else { return }
        receive(.requestBody(Array(bytes)))
    }

    /// Takes note that the request is sent whole.
    public func requestEnd() { receive(.requestEnd) }

    /// Takes the head of the final response.
    ///
    /// - Parameters:
    ///   - status: such as 200.
    ///   - headers: in the order in which they came, repeated as they were.
    public func response(status: Int, headers: [(name: String, value: String)]) {
        guard exchange != nil else { return }
        response(status: status, fields: headers.map { HeaderField($0.name, $0.value) })
    }

    package func response(status: Int, fields: [HeaderField]) {
        response.store(true, ordering: .relaxed)
        receive(.responseHead(ResponseHead(status: UInt16(clamping: status), fields: fields)))
    }

    /// Takes content of the response as it arrives, with its content coding on or off: the first bytes tell.
    public func responseBody(_ bytes: some Sequence<UInt8>) {
        guard exchange != nil else { return }
        receive(.responseBody(Array(bytes)))
    }

    /// The response is whole.
    public func end() { end(.complete) }

    /// The exchange failed with `error`; a cancellation is one by the client.
    public func end(throwing error: any Error) {
        guard exchange != nil else { return }
        end(ExchangeEnd(error, hasResponse: hasResponse))
    }

    /// - Parameter type: a stable word, such as `timeout`.
    package func end(type: String, message: String) {
        end(ExchangeEnd(type: type, message: message, hasResponse: hasResponse))
    }

    /// The last event; what comes after it is let go.
    package func end(_ end: ExchangeEnd) {
        guard let exchange, !hasEnded.exchange(true, ordering: .relaxed) else { return }
        exchange.receive(.end(end), at: .now())
    }

    package func receive(_ event: WireEvent) { exchange?.receive(event, at: .now()) }
}
