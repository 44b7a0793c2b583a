// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Ways to break the capture on purpose: proof that the judge sees what it is there to see.
package enum Sabotage: String, Sendable, CaseIterable {
    /// The allow-list names another host.
    case hostList = "host-list"
    /// The data folder lies under a file, and cannot be made.
    case folder
    /// The SDK is not started; by the other route, the program is started without `trainloop run`.
    case notCollecting = "not-collecting"
    /// A record says something else than the library.
    case alteredRecord = "altered-record"
    /// A record is as one that no parser has understood: `api` is unknown, and input, output, model and counts are missing.
    case unparsedRecord = "unparsed-record"
    /// A record is gone.
    case lostRecord = "lost-record"
    /// A record is there twice.
    case doubledRecord = "doubled-record"
    /// A key stands in a file.
    case leakedKey = "leaked-key"
    /// The program prints a line more.
    case changedOutput = "changed-output"

    /// Changes what lies on the disk, for the kinds that do.
    func spoil(_ dataFolder: String, key: String) throws(IntegrationError) {
        let files = Files.all(under: dataFolder).filter { $0.hasSuffix(".jsonl") }
        guard let file = files.last, let text = Files.text(file) else { return }
        var lines = text.split(separator: "\n").map(String.init)
        guard let last = lines.last else { return }
        switch self {
        case .alteredRecord: lines[lines.count - 1] = last.replacing("\"status\":\"", with: "\"status\":\"not ")
        case .unparsedRecord: lines[lines.count - 1] = try Self.unparsed(last)
        case .lostRecord: lines.removeLast()
        case .doubledRecord: lines.append(last)
        case .leakedKey: lines[lines.count - 1] = last.dropLast() + ",\"note\":\"\(key)\"}"
        case .hostList, .folder, .notCollecting, .changedOutput: return
        }
        try Files.write(lines.map { $0 + "\n" }.joined(), to: file)
    }

    private static func unparsed(_ record: String) throws(IntegrationError) -> String {
        guard case .object(var members) = JSONTree(text: record) else { throw IntegrationError("a record is not JSON") }
        members["api"] = .string("unknown")
        members["input"] = .array([])
        members["output"] = .object(["content": .string("")])
        members["model"] = .string("")
        members["usage"] = nil
        if case .object(var capture) = members["capture"] {
            capture["parse"] = .string("raw")
            members["capture"] = .object(capture)
        }
        return JSONTree.object(members).text
    }
}
