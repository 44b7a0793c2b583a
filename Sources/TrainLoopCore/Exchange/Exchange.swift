// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The state machine of one exchange: what was seen, in what order, and when.
///
/// A response may begin before the request has ended. Whatever comes out of order is a diagnostic and changes nothing.
struct Exchange: Sendable {
    /// What the pipeline does next.
    enum Step {
        case nothing
        case requestBegan(RequestHead)
        case requestEnded
        case responseBegan(ResponseHead)
        case responseBytes([UInt8])
        case responseLost(byteCount: Int)
    }

    private(set) var requestHead: RequestHead?
    private(set) var requestBody: KeptBody
    private(set) var hasRequestEnded = false
    private(set) var responseHead: ResponseHead?
    /// Response content seen, kept or not.
    private(set) var responseByteCount = 0
    private(set) var end: ExchangeEnd?

    private(set) var startedAt: Timestamp?
    private(set) var respondedAt: Timestamp?
    private(set) var lastSeenAt: Timestamp?

    var diagnostics = Diagnostics()

    init(requestByteCount: Int) {
        requestBody = KeptBody(byteLimit: requestByteCount)
    }

    /// The request's readable form takes the place of the bytes as they came.
    mutating func replaceRequestBody(with bytes: [UInt8]) { requestBody.replace(with: bytes) }

    mutating func receive(_ event: WireEvent, at instant: Timestamp) -> Step {
        if case .warning(let words) = event {
            diagnostics.tell(words)
            return .nothing
        }
        guard end == nil else { return outOfOrder() }
        if startedAt == nil { startedAt = instant }
        lastSeenAt = instant
        switch event {
        case .requestHead, .requestBody, .requestEnd, .requestBodyLost: return receiveRequest(event)
        case .responseHead(let head):
            guard responseHead == nil, requestHead != nil else { return outOfOrder() }
            responseHead = head
            respondedAt = instant
            return .responseBegan(head)
        case .responseBody(let bytes):
            guard responseHead != nil else { return outOfOrder() }
            responseByteCount &+= bytes.count
            return .responseBytes(bytes)
        case .responseBodyLost(let byteCount):
            guard responseHead != nil, byteCount > 0 else { return outOfOrder() }
            responseByteCount &+= byteCount
            return .responseLost(byteCount: byteCount)
        case .end(let end):
            self.end = end
            return .nothing
        case .warning: return .nothing
        }
    }

    private mutating func receiveRequest(_ event: WireEvent) -> Step {
        switch event {
        case .requestHead(let head):
            guard requestHead == nil else { return outOfOrder() }
            requestHead = head
            return .requestBegan(head)
        case .requestBody(let bytes):
            guard requestHead != nil, !hasRequestEnded else { return outOfOrder() }
            requestBody.append(bytes)
        case .requestBodyLost(let byteCount):
            guard requestHead != nil, !hasRequestEnded, byteCount > 0 else { return outOfOrder() }
            requestBody.lose(byteCount)
        default:
            guard requestHead != nil, !hasRequestEnded else { return outOfOrder() }
            hasRequestEnded = true
            return .requestEnded
        }
        return .nothing
    }

    private mutating func outOfOrder() -> Step {
        diagnostics.note(.eventOutOfOrder)
        return .nothing
    }
}
