// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import NIOCore
import TrainLoopCapture
import TrainLoopCore
import TrainLoopFront

/// One client connection and its provider: passes bytes on as they came, and tells the recorder what they mean.
///
/// Two passive readers follow the bytes of an HTTP/1.1 conversation, one exchange at a time. A second request that comes
/// before the first is answered waits in the client's socket: it is served in order, never refused, never mixed up. What the
/// readers cannot follow passes unread. Confined to one event loop, on which both channels live.
final class Relay {
    /// Where requests of this connection go.
    enum Route {
        /// A tunnel to one provider, already connected.
        case fixed(UpstreamTarget)
        /// The proxy's own port: each head says where.
        case open
    }

    private enum Reading {
        case head(HTTP1HeadGatherer)
        case body(HTTP1BodyReader)
        /// Bytes are passed on unread.
        case opaque
    }

    private let client: any Channel
    private let services: ProxyServices
    private let route: Route
    private let routeName: String
    private let pid: PeerIdentity

    private var upstream: (any Channel)?
    private var upstreamTarget: UpstreamTarget?
    /// What broke the provider's connection off, if it did not just end.
    private var upstreamError: (any Error)?
    /// The way to the provider, or who the client is, is not known yet.
    private var isWaiting = false
    private var request = Reading.head(HTTP1HeadGatherer())
    private var response = Reading.head(HTTP1HeadGatherer())
    private var method: [UInt8] = []
    private var exchange: RecordedExchange?
    private var isInExchange = false
    private var hasRequestEnded = false
    private var hasResponseEnded = false
    /// The request or the response said, or its framing means, that the connection ends with it.
    private var closesAfterResponse = false
    private var closesWhenIdle = false
    /// The client has said all: that it wants no more of the answer either cannot be told apart.
    private var isClientInputClosed = false
    private var isClosing = false
    /// Bytes of the client that may not be passed on yet.
    private var clientInput = ByteBuffer()
    /// A head on its way out, which waits for the body behind it: one write, and in TLS one record, for both.
    private var outgoingHead: ByteBuffer?
    private var isClientReadPending = false
    private var isUpstreamReadPending = false
    private var now = Timestamp(nanosecondsSinceEpoch: 0)

    init(client: any Channel, services: ProxyServices, route: Route, routeName: String, pid: PeerIdentity) {
        self.client = client
        self.services = services
        self.route = route
        self.routeName = routeName
        self.pid = pid
    }

    // MARK: - From the client

    /// Begins with what the client has said, once it is known who that is: the record of the first exchange tells it too.
    func begin(with first: ByteBuffer, after identified: EventLoopFuture<Bool>) {
        isWaiting = true
        clientRead(first)
        clientReadComplete()
        identified.assumeIsolated().whenComplete { _ in
            self.isWaiting = false
            self.passOn()
        }
    }

    func clientRead(_ buffer: ByteBuffer) {
        // What is said to a connection that ends is read so that the client gets its answer, and goes nowhere.
        guard !isClosing else { return }
        now = .now()
        var buffer = buffer
        if clientInput.readableBytes == 0 { clientInput = buffer } else { clientInput.writeBuffer(&buffer) }
        passRequests()
    }

    func clientReadComplete() {
        guard !isClosing else { return }
        upstream?.flush()
        if mayReadClient { client.read() } else { isClientReadPending = true }
    }

    func clientWritabilityChanged() {
        if client.isWritable, isUpstreamReadPending, let upstream {
            isUpstreamReadPending = false
            upstream.read()
        }
    }

    func clientClosed() {
        now = .now()
        isClosing = true
        end(.clientClosed)
        detachUpstream()
    }

    /// The client has nothing more to say: the provider is told so, behind what was said, and decides what that means.
    func clientInputClosed() {
        guard !isClosing else { return closeClient() }
        now = .now()
        isClientInputClosed = true
        closesWhenIdle = true
        endExchangeIfBothEnded()
        passInputClosed()
    }

    private func passInputClosed() {
        guard isClientInputClosed, clientInput.readableBytes == 0, !isWaiting, !isClosing else { return }
        if case .opaque = request {} else if !isInExchange { return close() }
        upstream?.close(mode: .output, promise: nil)
    }

    /// Ends the connection now when it has no exchange, else behind it.
    func closeWhenIdle() {
        closesWhenIdle = true
        // A client that goes on sending behind its answer has little time left to read it.
        guard !isClosing else { return client.close(within: .seconds(1)) }
        guard !isInExchange, !isWaiting, clientInput.readableBytes == 0 else { return }
        if case .head(let gatherer) = request, gatherer.isEmpty { close() }
    }

    /// The proxy ends before the exchange does; the client had no part in that.
    func captureEnded() {
        now = .now()
        end(.captureFailed(message: "the capture ended before the exchange did"))
    }

    private var mayReadClient: Bool {
        clientInput.readableBytes == 0 && !isWaiting && !isClosing && (upstream?.isWritable ?? true)
    }

    private func resumeClient() {
        guard isClientReadPending, mayReadClient else { return }
        isClientReadPending = false
        client.read()
    }

    private func passRequests() {
        defer { writeBehindHead(ByteBuffer()) }
        while clientInput.readableBytes > 0, !isWaiting, !isClosing {
            switch request {
            case .opaque:
                upstream?.write(clientInput, promise: nil)
                clientInput = ByteBuffer()
            case .body(var reader):
                passRequestBody(&reader)
            case .head(var gatherer):
                // The next request waits until this one is answered.
                guard !isInExchange else { return }
                let outcome = gatherer.gather(&clientInput)
                request = .head(gatherer)
                switch outcome {
                case .needsMore: return clientInput = ByteBuffer()
                case .head(let bytes): begin(bytes)
                case .tooLarge: giveUpReading(gatherer.bytes, "a head of more than 256 KiB", status: 431)
                }
            }
        }
        if clientInput.readableBytes == 0 { clientInput = ByteBuffer() }
    }

    /// Writes a piece of a body, and the head that waits for it.

    private func writeBehindHead(_ body: ByteBuffer) {
        guard var head = outgoingHead else {
            if body.readableBytes > 0 { upstream?.write(body, promise: nil) }
            return
        }
        outgoingHead = nil
        head.writeImmutableBuffer(body)
        upstream?.write(head, promise: nil)
    }

    private func passRequestBody(_ reader: inout HTTP1BodyReader) {
        let (passed, content) = Self.read(&clientInput, &reader, isRecorded: exchange != nil)
        for bytes in content { exchange?.receive(.requestBody(bytes), at: now) }
        writeBehindHead(passed)
        request = .body(reader)
        if reader.isInvalid {
            giveUpFollowing("the request's chunks are broken")
        } else if reader.isComplete {
            endRequest()
        }
    }

    private func endRequest() {
        exchange?.receive(.requestEnd, at: now)
        hasRequestEnded = true
        request = .head(HTTP1HeadGatherer())
        endExchangeIfBothEnded()
    }

    // MARK: - A request's head

    private func begin(_ bytes: [UInt8]) {
        guard let head = HTTP1Head(bytes), head.start.third.starts(with: Array("HTTP/1.".utf8)) else {
            return giveUpReading(bytes, "what is not HTTP/1.1", status: 400)
        }
        guard let framing = HTTP1Framing.ofRequest(head) else {
            return giveUpReading(bytes, "a request whose length two readers could disagree about", status: 400)
        }
        let plan: RequestPlan
        do {
            plan = try makePlan(head)
        } catch {
            return answer(error)
        }
        method = head.start.first
        isInExchange = true
        hasRequestEnded = false
        hasResponseEnded = false
        closesAfterResponse = Self.isLast(head, version: head.start.third)
        request = .body(HTTP1BodyReader(framing))
        response = .head(HTTP1HeadGatherer())
        if let recorded = plan.recorded {
            exchange = services.recorder.begin(recorded, route: routeName(head), pid: pid.known, at: now)
            for warning in plan.warnings { exchange?.receive(.warning(warning), at: now) }
        }
        if let upstream, upstream.isActive, upstreamTarget == plan.target {
            send(plan.bytes, framing)
        } else {
            connect(plan, framing)
        }
    }

    private func routeName(_ head: HTTP1Head) -> String {
        if case .open = route, head.start.second.first == 0x2f { return "gateway" }
        return routeName
    }

    private func makePlan(_ head: HTTP1Head) throws(ProxyAnswer) -> RequestPlan {
        switch route {
        case .fixed(let target): return services.planner.plan(head, in: target)
        case .open:
            return try services.planner.plan(
                head,
                isCaptured: { services.recorder.captures(host: $0.name, port: UInt16(clamping: $0.port)) },
                forwardProxy: services.connector.forwardProxy)
        }
    }

    private func send(_ bytes: [UInt8], _ framing: HTTP1Framing) {
        outgoingHead = ByteBuffer(bytes: bytes)
        if HTTP1BodyReader(framing).isComplete {
            writeBehindHead(ByteBuffer())
            endRequest()
        }
    }

    private func connect(_ plan: RequestPlan, _ framing: HTTP1Framing) {
        // A fixed tunnel whose provider has gone is gone for the client as well.
        guard case .open = route else {
            end(.serverClosed)
            return close()
        }
        isWaiting = true
        detachUpstream()
        services.connector.connect(plan.target, for: client).assumeIsolated().whenComplete { result in
            self.isWaiting = false
            self.now = .now()
            switch result {
            case .success(let channel):
                guard !self.isClosing else { return channel.close(promise: nil) }
                self.attach(channel, plan.target)
                self.send(plan.bytes, framing)
                self.passOn()
            case .failure(let error):
                guard !self.isClosing else { return }
                let failure = error as? ProxyError
                self.end(.networkFailed(type: failure?.type ?? "connection_failed", message: "\(error)"))
                self.answer(ProxyAnswer(status: 502, reason: "Bad Gateway", text: "\(error)"))
            }
        }
    }

    /// Takes a connected provider over; from here on it reads when asked.
    func attach(_ channel: any Channel, _ target: UpstreamTarget) {
        upstream = channel
        upstreamTarget = target
        upstreamError = nil
        do {
            try channel.pipeline.syncOperations.addHandler(RelayUpstreamHandler(self))
            try channel.syncOptions?.setOption(.autoRead, value: false)
        } catch {
            return close()
        }
        channel.read()
    }

    private func detachUpstream() {
        // Let go first: closing calls back at once.
        let channel = upstream
        upstream = nil
        upstreamTarget = nil
        isUpstreamReadPending = false
        channel?.close(promise: nil)
        // The read lets TLS see the other side's farewell, for which it would wait otherwise.
        channel?.read()
    }

    // MARK: - From the provider

    /// Passes the bytes on at once, whatever they mean, and follows them.
    func upstreamRead(_ buffer: ByteBuffer, from channel: any Channel) {
        guard channel === upstream else { return }
        now = .now()
        client.write(buffer, promise: nil)
        var buffer = buffer
        while buffer.readableBytes > 0 {
            switch response {
            case .opaque: return
            case .body(var reader): followResponseBody(&buffer, &reader)
            case .head(var gatherer):
                // Said without having been asked, such as a time-out's 408: the client may know what it means.
                guard isInExchange, !hasResponseEnded else { return }
                let outcome = gatherer.gather(&buffer)
                response = .head(gatherer)
                switch outcome {
                case .needsMore: return
                case .head(let bytes): followResponseHead(bytes)
                case .tooLarge: giveUpFollowing("the response is not HTTP/1.1")
                }
            }
        }
    }

    func upstreamReadComplete(from channel: any Channel) {
        guard channel === upstream else { return }
        client.flush()
        if client.isWritable { channel.read() } else { isUpstreamReadPending = true }
    }

    func upstreamWritabilityChanged() {
        if upstream?.isWritable ?? false { resumeClient() }
    }

    func upstreamFailed(_ error: any Error, from channel: any Channel) {
        guard channel === upstream, upstreamError == nil else { return }
        upstreamError = error
    }

    func upstreamClosed(_ channel: any Channel) {
        guard channel === upstream else { return }
        upstream = nil
        upstreamTarget = nil
        now = .now()
        if isInExchange {
            // An answer without a length is whole if its connection ends as it should (RFC 9112, 8 and 9.8).
            let isEndOfResponse = if case .body(let reader) = response { reader.endsWithConnection } else { false }
            if isEndOfResponse, upstreamError == nil { hasResponseEnded = true }
            // A provider that breaks off because its client has gone does as it was told.
            end(hasResponseEnded ? .complete : isClientInputClosed ? .clientClosed : .serverClosed)
            guard isEndOfResponse, let upstreamError else { return close() }
            isClosing = true
            return client.breakOff(as: upstreamError)
        }
        if case .open = route, !closesAfterResponse, case .head = request { return }
        close()
    }

    private func followResponseHead(_ bytes: [UInt8]) {
        guard let head = HTTP1Head(bytes), head.start.first.starts(with: Array("HTTP/1.".utf8)),
            let status = UInt16(String(decoding: head.start.second, as: UTF8.self)),
            let framing = HTTP1Framing.ofResponse(head, status: status, method: method)
        else { return giveUpFollowing("the response is not HTTP/1.1") }
        response = .head(HTTP1HeadGatherer())
        // An interim response; the final one follows (RFC 9110, 15.2).
        if status < 200, status != 101 { return }
        exchange?.receive(.responseHead(ResponseHead(status: status, fields: head.fields)), at: now)
        if status == 101 { return passUpgraded() }
        closesAfterResponse =
            closesAfterResponse || Self.isLast(head, version: head.start.first) || framing == .untilClose
        response = .body(HTTP1BodyReader(framing))
        if HTTP1BodyReader(framing).isComplete { endResponse() }
    }

    /// Whether the sender of a head means the connection to end with this exchange (RFC 9112, 9.3).
    private static func isLast(_ head: HTTP1Head, version: [UInt8]) -> Bool {
        head.list("connection", contains: "close")
            || version == Array("HTTP/1.0".utf8) && !head.list("connection", contains: "keep-alive")
    }

    private func followResponseBody(_ buffer: inout ByteBuffer, _ reader: inout HTTP1BodyReader) {
        let (_, content) = Self.read(&buffer, &reader, isRecorded: exchange != nil)
        for bytes in content { exchange?.receive(.responseBody(bytes), at: now) }
        response = .body(reader)
        if reader.isInvalid {
            giveUpFollowing("the response's chunks are broken")
        } else if reader.isComplete {
            endResponse()
        }
    }

    private func endResponse() {
        hasResponseEnded = true
        response = .head(HTTP1HeadGatherer())
        endExchangeIfBothEnded()
    }

    private func endExchangeIfBothEnded() {
        // A request that the client broke off does not end any more; its answer does.
        guard isInExchange, hasRequestEnded || isClientInputClosed, hasResponseEnded else { return }
        end(hasRequestEnded ? .complete : .clientClosed)
        if closesWhenIdle, clientInput.readableBytes == 0 { return close() }
        goOnWithClient()
    }

    /// What waited for an answer goes now; not from within the loop that brought us here.
    private func goOnWithClient() {
        guard clientInput.readableBytes > 0 || isClientReadPending else { return }
        client.eventLoop.assumeIsolated().execute { self.passOn() }
    }

    /// Takes up what waited, and reads on.
    private func passOn() {
        now = .now()
        passRequests()
        upstream?.flush()
        passInputClosed()
        resumeClient()
    }

    // MARK: - What cannot be followed

    /// WebSocket and its like: from here on the bytes are none of HTTP.
    private func passUpgraded() {
        request = .opaque
        response = .opaque
        hasRequestEnded = true
        hasResponseEnded = true
        end(.complete)
        goOnWithClient()
    }

    /// Broken framing in mid-way: the bytes go on, the record ends.
    private func giveUpFollowing(_ reason: String) {
        request = .opaque
        response = .opaque
        end(.captureFailed(message: reason))
        goOnWithClient()
    }

    /// A request that cannot be read: in a tunnel the provider may know better; on our own port it is the client's fault.
    private func giveUpReading(_ bytes: [UInt8], _ what: String, status: Int) {
        guard case .fixed(let target) = route else {
            let reason = status == 431 ? "Request Header Fields Too Large" : "Bad Request"
            return answer(ProxyAnswer(status: status, reason: reason, text: "this port was sent \(what)."))
        }
        services.recorder.noteBypass(
            host: target.name, client: pid.description,
            reason: "the connection carries \(what) and was passed on unread")
        request = .opaque
        response = .opaque
        upstream?.write(ByteBuffer(bytes: bytes), promise: nil)
    }

    private func answer(_ answer: ProxyAnswer) {
        client.write(ByteBuffer(bytes: answer.bytes), promise: nil)
        // The request's body may be still to come.
        request = .opaque
        close()
    }

    // MARK: - The end

    private func end(_ how: ExchangeEnd) {
        isInExchange = false
        exchange?.receive(.end(how), at: now)
        exchange = nil
    }

    /// Closes the client behind what has been written to it, and the provider with it.
    func close() {
        guard !isClosing else { return }
        isClosing = true
        detachUpstream()
        if isClientInputClosed || !isClientSending { closeClient() } else { client.lingeringClose() }
    }

    /// The client is in the midst of a message, or may be.
    private var isClientSending: Bool {
        if case .head(let gatherer) = request { return !gatherer.isEmpty || clientInput.readableBytes > 0 }
        return true
    }

    private func closeClient() {
        let client = client
        client.writeAndFlush(ByteBuffer()).whenComplete { _ in
            client.close(promise: nil)
            client.read()
        }
    }

    /// Takes what belongs to the message off the buffer: as it is, and its content for the record.
    private static func read(
        _ buffer: inout ByteBuffer, _ reader: inout HTTP1BodyReader, isRecorded: Bool
    ) -> (passed: ByteBuffer, content: [[UInt8]]) {
        var content: [[UInt8]] = []
        let count = buffer.withUnsafeReadableBytes { bytes in
            reader.read(bytes) { range in
                if isRecorded, !range.isEmpty { content.append(Array(bytes[range])) }
            }
        }
        return (buffer.readSlice(length: count) ?? ByteBuffer(), content)
    }
}
