// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Corpus
import TrainLoopCore

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Replays a corpus of recorded exchanges through the core, and compares the records with an oracle.
///
/// Exit status 0 when every line was read and every record holds at every split; 1 else; 2 for wrong arguments.
@main
struct Conformance {
    static func main() async {
        guard let options = Options(Array(CommandLine.arguments.dropFirst())) else {
            stop(Options.usage)
        }
        guard let corpus = LineFile(options.corpus) else { stop("cannot open \(options.corpus)") }
        guard let oracle = LineFile(options.oracle) else { stop("cannot open \(options.oracle)") }
        TrapNotice.install()
        var run = ConformanceRun(options: options, oracle: readOracle(oracle, options.oracle))
        await run.replay(corpus)
        exit(run.isClean ? 0 : 1)
    }

    private static func readOracle(_ file: LineFile, _ path: String) -> [String: [UInt8]] {
        var lines: [String: [UInt8]] = [:]
        while let line = file.next() {
            if line.isEmpty { continue }
            if let id = JSONValue(parsing: line)?["id"]?.string {
                lines[id] = line
            } else {
                warn("\(path):\(file.lineNumber): no JSON object with an id; passed over")
            }
        }
        if file.isBroken { warn("\(path): damaged or cut after line \(file.lineNumber)") }
        return lines
    }

    static func warn(_ message: String) {
        let bytes = Array((message + "\n").utf8)
        _ = write(2, bytes, bytes.count)
    }

    private static func stop(_ message: String) -> Never {
        warn(message)
        exit(2)
    }
}

/// One run over a corpus.
struct ConformanceRun {
    let options: Options
    let oracle: [String: [UInt8]]
    private var summary = Summary()
    private var hasShown = false

    /// Lines held at once; enough to keep the workers busy, few enough to hold large bodies.
    private static let batchLineCount = 128
    private static let workerCount = max(1, min(16, sysconf(Int32(_SC_NPROCESSORS_ONLN))))

    init(options: Options, oracle: [String: [UInt8]]) {
        self.options = options
        self.oracle = oracle
    }

    var isClean: Bool {
        options.shown != nil ? hasShown : summary.faultCount == 0 && summary.unreadLineCount == 0
    }

    mutating func replay(_ corpus: LineFile) async {
        var batch: [(number: Int, line: [UInt8])] = []
        while let line = corpus.next() {
            if !line.isEmpty { batch.append((corpus.lineNumber, line)) }
            guard batch.count == Self.batchLineCount else { continue }
            await replay(batch)
            batch.removeAll(keepingCapacity: true)
        }
        await replay(batch)
        if corpus.isBroken {
            summary.addUnreadLine()
            Conformance.warn("\(options.corpus): damaged or cut after line \(corpus.lineNumber)")
        }
        if let shown = options.shown {
            if !hasShown { Conformance.warn("no exchange \(shown) in \(options.corpus)") }
            return
        }
        print(summary.table)
        print(summary.conclusion)
    }

    private mutating func replay(_ batch: [(number: Int, line: [UInt8])]) async {
        let (options, oracle) = (options, oracle)
        let results = await withTaskGroup(of: [(Int, Result<Verdict, LineFault>)].self) { group in
            for worker in 0..<Self.workerCount {
                group.addTask {
                    stride(from: worker, to: batch.count, by: Self.workerCount).compactMap { index in
                        Self.verdict(batch[index].line, options, oracle, worker).map { (index, $0) }
                    }
                }
            }
            return await group.reduce(into: []) { $0 += $1 }.sorted { $0.0 < $1.0 }
        }
        for (index, result) in results {
            switch result {
            case .success(let verdict):
                if options.shown != nil { hasShown = true }
                summary.add(verdict)
                if options.isListing, !verdict.isFine { print(Showing.line(verdict)) }
            case .failure(let fault):
                summary.addUnreadLine()
                Conformance.warn("\(options.corpus):\(batch[index].number): \(fault.message); passed over")
            }
        }
    }

    /// - Returns: nil for an exchange that is not the one to show.
    private static func verdict(
        _ line: [UInt8], _ options: Options, _ oracle: [String: [UInt8]], _ worker: Int
    ) -> Result<Verdict, LineFault>? {
        if let shown = options.shown {
            guard JSONValue(parsing: line)?["id"]?.string == shown else { return nil }
        }
        do {
            let exchange = try CorpusExchange(line)
            TrapNotice.begin(exchange.id, worker: worker)
            defer { TrapNotice.end(worker: worker) }
            let replay = Replay(exchange, seed: options.seed, splitCount: options.splitCount)
            let told = oracle[exchange.id]
            let verdict = Verdict(exchange, replay, oracle: told.flatMap { JSONValue(parsing: $0) })
            if options.shown != nil { Showing.print(exchange, replay, verdict, oracle: told) }
            return .success(verdict)
        } catch {
            return .failure(error)
        }
    }
}
