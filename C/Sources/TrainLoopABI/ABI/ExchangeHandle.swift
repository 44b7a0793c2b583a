// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import CTrainLoopSystem
import TrainLoopCore
import TrainLoopGuest

/// What a `trainloop_exchange *` points to: an exchange, and what may be reported of it next.
final class ExchangeHandle {
    /// How the host reports the exchange.
    enum Form {
        case undecided
        /// In heads and content.
        case content
        /// As bytes of HTTP/1.1.
        case wire
    }

    let exchange: GuestExchange
    var form = Form.undecided
    /// Fields that the request has beside those that are reported.
    var extra: [HeaderField] = []
    var hasRequestEnded = false
    var hasResponse = false

    private let recorder: GuestRecorder
    private let process = trainloop_process_identifier()
    private var coded: UnsafeMutableBufferPointer<UInt8>?

    init(_ exchange: GuestExchange, of recorder: GuestRecorder) {
        self.exchange = exchange
        self.recorder = recorder
    }

    deinit { coded?.deallocate() }

    var isForked: Bool { process != trainloop_process_identifier() }
    var takesRequestBody: Bool { form == .content && !hasRequestEnded }
    var takesResponse: Bool { form == .content && !hasResponse }
    /// In the form of bytes, the content that the host has decoded.
    var takesResponseBody: Bool { form == .wire ? !exchange.responseCodings.isEmpty : hasResponse }

    /// Does what may end the exchange.
    ///
    /// - Returns: `lost` when its line could not be written.
    func settle(_ action: () -> Void) -> Int32 {
        let droppedCount = recorder.coverage.dropped
        action()
        return recorder.coverage.dropped == droppedCount ? .ok : .lost
    }

    /// Keeps content for the host until the next of it.
    func keep(_ bytes: [UInt8]) -> UnsafeMutableBufferPointer<UInt8> {
        let kept = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
        _ = kept.initialize(from: bytes)
        coded?.deallocate()
        coded = kept
        return kept
    }

    // MARK: - Handles

    static func handle(_ pointer: OpaquePointer?) -> ExchangeHandle? {
        pointer.map { Unmanaged.fromOpaque(UnsafeRawPointer($0)).takeUnretainedValue() }
    }

    /// Reports something of the exchange, when it can be reported now.
    static func report(
        _ pointer: OpaquePointer?, when isInOrder: (ExchangeHandle) -> Bool, _ report: (ExchangeHandle) -> Int32
    ) -> Int32 {
        guard let handle = handle(pointer) else { return .misuse }
        if handle.isForked { return .forked }
        if handle.exchange.hasEnded { return .ended }
        return isInOrder(handle) ? report(handle) : .misuse
    }
}
