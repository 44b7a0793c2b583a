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
        let exchange = CapturedExchange.begin(
            method, url: url, fields: HeldFields(headers), route: "swift:\(client)", collector: collector,
            labels: .ofTask(fileID: fileID, line: line, responseForm: .unknown))
        return exchange ?? CapturedExchange(nil, nil)
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
    private let exchange: RecordedExchange?
    private let response = Atomic<Bool>(false)
    private let hasEnded = Atomic<Bool>(false)

    fileprivate init(_ collector: Collector?, _ exchange: RecordedExchange?) {
        self.collector = collector
        self.exchange = exchange
    }

    /// Opens the record of an exchange; nil when its host is not to be captured, or nobody collects.
    ///
    /// - Parameters:
    ///   - fields: all that the request has.
    ///   - route: `swift:` and the client's name.
    ///   - labels: asked for only where there is a record.
    package static func begin(
        _ method: String, url: String, fields: @autoclosure () -> HeldFields, route: String, collector: Collector?,
        labels: @autoclosure () -> CallLabels
    ) -> CapturedExchange? {
        guard let collector, let target = RequestTarget(url), let origin = collector.origin(of: target) else {
            return nil
        }
        return CapturedExchange(
            collector, collector.begin(method, to: target, at: origin, fields(), route: route, labels: labels()))
    }

    /// The exchange that follows this one in the same call, such as that of a redirect; nil when its host is not to be captured.
    package func next(_ method: String, url: String, fields: @autoclosure () -> HeldFields) -> CapturedExchange? {
        guard let exchange else { return nil }
        return Self.begin(
            method, url: url, fields: fields(), route: exchange.route, collector: collector, labels: exchange.labels)
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

    /// Takes content of the request that its client holds in memory: the recorder's queue copies it.
    package func requestBody(byteCount: Int, _ bytes: @escaping @Sendable () -> [UInt8]) {
        exchange?.receive(at: .now(), byteCount: byteCount, orElse: .requestBodyLost(byteCount: byteCount)) {
            .requestBody(bytes())
        }
    }

    /// Takes note that the request is sent whole.
    public func requestEnd() { receive(.requestEnd) }

    /// Takes the head of the final response.
    ///
    /// - Parameters:
    ///   - status: such as 200.
    ///   - headers: in the order in which they came, repeated as they were.
    public func response(status: Int, headers: [(name: String, value: String)]) {
        response(status: status, fields: HeldFields(headers))
    }

    package func response(status: Int, fields: @autoclosure () -> HeldFields) {
        guard let exchange else { return }
        response.store(true, ordering: .relaxed)
        let held = fields()
        exchange.receive(at: .now(), byteCount: held.byteCount) {
            .responseHead(ResponseHead(status: UInt16(clamping: status), fields: held.fields()))
        }
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

extension HeldFields {
    fileprivate init(_ headers: [(name: String, value: String)]) {
        self.init(
            count: headers.count, textByteCount: headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
        ) { headers.map { HeaderField($0.name, $0.value) } }
    }
}
