// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The last proof, as `make proof` leaves it beside the catalogue.
package struct RecordedProof: Sendable {
    package static let fileName = "proof.json"

    private let cells: [JSONTree]

    /// - Returns: nil when there is none that can be read.
    package init?(folder: String) {
        guard let text = Files.text("\(folder)/\(Self.fileName)"), let json = JSONTree(text: text) else { return nil }
        cells = json.elements
    }

    /// What the proof says of a library in a version, for people.
    package func words(test: String, version: String) -> String {
        let own = cells.filter { $0["client"] == .string(test) }
        func verdicts(_ version: String) -> [String] {
            own.filter { $0["version"] == .string(version) }.compactMap { $0["verdict"]?.string }
        }
        let proven = ProofTable.unique(own.compactMap { $0["version"]?.string }).filter {
            let verdicts = verdicts($0)
            return verdicts.contains("PASS") && !verdicts.contains("FAIL")
        }
        if proven.contains(version) { return "proven" }
        if verdicts(version).contains("FAIL") { return "FAILS its tests" }
        guard !proven.isEmpty else { return "not proven" }
        return "not proven in this version (proven: \(proven.joined(separator: ", ")))"
    }
}
