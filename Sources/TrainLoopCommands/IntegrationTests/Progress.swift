// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Synchronization
import TrainLoopIntegration

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What is told while tests run: a line that changes on a terminal, and the results as they come.
final class Progress: Sendable {
    private let isVerbose: Bool
    /// Of hundreds of tests, only those that fail are told one by one.
    private let isMatrix: Bool
    private let isTerminal = isatty(2) == 1
    private let failures = Mutex(0)

    init(isVerbose: Bool, isMatrix: Bool) {
        self.isVerbose = isVerbose
        self.isMatrix = isMatrix
    }

    func tell(_ event: IntegrationRun.Event) {
        switch event {
        case .preparing(let title): show("preparing \(title)")
        case .ended(let result, let done, let total):
            let failed = failures.withLock { count in
                if !result.verdict.problems.isEmpty { count += 1 }
                return count
            }
            tell(result)
            show("[\(done)/\(total)] \(failed) failed, last \(result.title) \(result.cell.scenario)")
        }
    }

    func tell(_ result: CellResult) {
        guard isVerbose || !isMatrix || !result.verdict.problems.isEmpty else { return }
        clear()
        let details = isVerbose ? result.details.map { "     \(Terminal.plain($0))\n" }.joined() : ""
        StandardOutput.write("\(Terminal.plain(result.line, keepsLines: true))\n\(details)")
    }

    /// Takes the changing line away.
    func clear() {
        if isTerminal { write("\r\u{1b}[K") }
    }

    private func show(_ text: String) {
        if isTerminal { write("\r\u{1b}[K\(Terminal.plain(text).prefix(78))") }
    }

    private func write(_ text: String) {
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { systemWrite(2, $0.baseAddress, $0.count) }
    }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    #if canImport(Glibc)
        Glibc.write(descriptor, bytes, count)
    #elseif canImport(Musl)
        Musl.write(descriptor, bytes, count)
    #else
        Darwin.write(descriptor, bytes, count)
    #endif
}
