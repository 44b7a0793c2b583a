// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Corpus
import TrainLoopCore

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The exchanges of one API of one provider, streamed in one way.
struct ExchangeGroup {
    let provider: String
    let api: String
    /// As the corpus says; `not JSON` where a body is neither JSON nor made of JSON, which only the core reads.
    let streamed: String
    private(set) var exchanges: [WireExchange] = []
    private(set) var payloads: [[UInt8]] = []

    /// Reads a whole corpus.
    ///
    /// - Throws: what is wrong with the first line that cannot be read.
    static func groups(of corpus: LineFile) throws(LineFault) -> [ExchangeGroup] {
        var groups: [[String]: ExchangeGroup] = [:]
        while let line = corpus.next() {
            if line.isEmpty { continue }
            let exchange = try CorpusExchange(line)
            let payloads = Payloads.of(exchange)
            let key = [exchange.provider, exchange.api, payloads == nil ? "not JSON" : exchange.streaming]
            var group = groups[key] ?? ExchangeGroup(provider: key[0], api: key[1], streamed: key[2])
            group.exchanges.append(WireExchange(exchange))
            group.payloads += payloads ?? []
            groups[key] = group
        }
        if corpus.isBroken { throw LineFault("damaged or cut after line \(corpus.lineNumber)") }
        return groups.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.value)
    }

    private init(provider: String, api: String, streamed: String) {
        self.provider = provider
        self.api = api
        self.streamed = streamed
    }

    /// A line for who drives: number, exchanges, bytes of their bodies, of their JSON and of their records, and the key.
    func description(_ number: Int) -> String {
        let byteCount = exchanges.reduce(0) { $0 + $1.byteCount }
        let payloadByteCount = payloads.reduce(0) { $0 + $1.count }
        let lineByteCount = exchanges.reduce(0) { $0 + $1.record().bytes.count }
        return "\(number)\t\(exchanges.count)\t\(byteCount)\t\(payloadByteCount)\t\(lineByteCount)\t"
            + "\(provider)\t\(api)\t\(streamed)"
    }

    /// Writes each payload behind its length, four bytes, the lowest first; false when that fails.
    func writePayloads(to path: String) -> Bool {
        guard let file = fopen(path, "wb") else { return false }
        var isWritten = true
        for payload in payloads {
            let count = UInt32(payload.count)
            let length = (0..<4).map { UInt8(truncatingIfNeeded: count >> ($0 * 8)) }
            if fwrite(length, 1, 4, file) != 4 { isWritten = false }
            if fwrite(payload, 1, payload.count, file) != payload.count { isWritten = false }
        }
        return fclose(file) == 0 && isWritten
    }

    /// The processor time of a pass over all exchanges: the shortest of those that fit the time, of at least one.
    ///
    /// Small groups pass several times between two looks at the clock.
    func shortestPass(within time: Int) -> Int {
        var shortest = Int.max
        var spent = 0
        var count = 1
        repeat {
            let start = ProcessorTime.now
            for _ in 0..<count {
                for exchange in exchanges { _ = exchange.record() }
            }
            let taken = ProcessorTime.now - start
            spent += taken
            shortest = min(shortest, taken / count)
            if taken < Self.shortestLook { count *= 2 }
        } while spent < time
        return shortest
    }

    private static let shortestLook = 500_000
}

/// Nanoseconds that this thread has had a processor: what else the machine does is not in them.
enum ProcessorTime {
    static var now: Int {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}
