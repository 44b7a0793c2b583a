// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Corpus
import TrainLoopCore

/// The texts of JSON in an exchange's bodies: what a reader of JSON has to load who finds them cut out already.
struct Payloads: StreamEventSink {
    private var found: [[UInt8]] = []
    private var isJSON = true

    /// - Returns: nil when a body holds anything else.
    static func of(_ exchange: CorpusExchange) -> [[UInt8]]? {
        var payloads = Payloads()
        payloads.addBody(exchange.request)
        payloads.addBody(exchange.response)
        return payloads.isJSON ? payloads.found : nil
    }

    private mutating func addBody(_ bytes: [UInt8]) {
        guard !bytes.isEmpty, JSONValue(parsing: bytes) == nil else {
            if !bytes.isEmpty { found.append(bytes) }
            return
        }
        bytes.withUnsafeBufferPointer { buffer in
            if bytes[0] == 0 {
                var decoder = EventStreamDecoder(messageByteCount: bytes.count)
                decoder.receive(buffer, into: &self)
                decoder.finish(into: &self)
            } else if bytes[0] == UInt8(ascii: "{") {
                var decoder = JSONLinesDecoder(lineByteCount: bytes.count)
                decoder.receive(buffer, into: &self)
                decoder.finish(into: &self)
            } else {
                let count = found.count
                var decoder = ServerSentEventDecoder(eventByteCount: bytes.count)
                decoder.receive(buffer, into: &self)
                decoder.finish(into: &self)
                if found.count == count { isJSON = false }
            }
        }
    }

    mutating func receive(_ event: StreamEvent) {
        let data = Array(event.data)
        if JSONValue(parsing: data) != nil {
            found.append(data)
        } else if !data.isEmpty, !data.elementsEqual("[DONE]".utf8) {
            isJSON = false
        }
    }

    mutating func receiveFailure(type: [UInt8], words: UnsafeBufferPointer<UInt8>) {}
    mutating func receiveEnd() {}
    mutating func skippedOversizeEvent() { isJSON = false }
    mutating func skippedBrokenEvent() { isJSON = false }
}
