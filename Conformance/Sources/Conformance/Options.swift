// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// What the command line asks for.
struct Options {
    var corpus = ""
    var oracle = ""
    /// The exchange to show whole, instead of the table.
    var shown: String?
    /// Lists every exchange that is not parsed full or differs.
    var isListing = false
    /// Seeds the random splits.
    var seed: UInt64 = 1
    /// Random splits of each exchange, beside whole and byte by byte.
    var splitCount = 2

    static let usage = """
        usage: conformance --corpus FILE --oracle FILE [--show ID] [--list] [--seed N] [--splits N]

          --corpus FILE   exchanges, one JSON object a line (.jsonl or .jsonl.gz)
          --oracle FILE   what the providers' own clients made of them, by id (.jsonl or .jsonl.gz)
          --show ID       one exchange: its bytes, the record, the oracle's line, the differences
          --list          a line for each exchange that is not parsed full or differs from the oracle
          --seed N        seed of the random splits (1)
          --splits N      random splits of each exchange (2)
        """

    /// - Returns: nil when something is missing or not understood.
    init?(_ arguments: [String]) {
        var rest = arguments[...]
        while let name = rest.popFirst() {
            if name == "--list" {
                isListing = true
                continue
            }
            guard let value = rest.popFirst() else { return nil }
            switch name {
            case "--corpus": corpus = value
            case "--oracle": oracle = value
            case "--show": shown = value
            case "--seed":
                guard let number = UInt64(value) else { return nil }
                seed = number
            case "--splits":
                guard let number = Int(value), number >= 0 else { return nil }
                splitCount = number
            default: return nil
            }
        }
        guard !corpus.isEmpty, !oracle.isEmpty else { return nil }
    }
}
