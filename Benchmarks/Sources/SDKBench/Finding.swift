// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Foundation

/// What was measured of one case.
struct Finding {
    typealias Pair = (bare: Cost, capturing: Cost)

    var name: String
    /// Bytes of the body, where they are counted.
    var byteCount: Int
    /// In how many pieces an answer came.
    var pieces = 1
    /// Costs of rounds in which nothing was counted.
    var time: [Pair] = []
    /// Costs of rounds in which allocations were counted.
    var memory: [Pair] = []

    var isStream: Bool { pieces > 100 }
}

extension Finding {
    /// The median of the bare side.
    fileprivate func bare(_ figure: (Cost) -> Double, in pairs: [Pair]) -> Double {
        pairs.map { figure($0.bare) }.sorted().part(0.5)
    }

    /// The differences of the pairs, least first.
    fileprivate func added(_ figure: (Cost) -> Double, in pairs: [Pair]) -> [Double] {
        pairs.map { figure($0.capturing) - figure($0.bare) }.sorted()
    }

    /// - Parameter count: by what the figures of a call are divided.
    fileprivate func row(per count: Double) -> String {
        let wall = added(\.wall, in: time).map { $0 / count }
        let cells = [
            bare(\.wall, in: time) / count, wall.part(0.5), wall.part(0.25), wall.part(0.75),
            added(\.processor, in: time).part(0.5) / count, added(\.settledProcessor, in: time).part(0.5) / count,
        ].map { String(format: count > 1 ? "%.2f" : "%.1f", $0) }
        let counts = [
            added(\.callingCount, in: memory).part(0.5) / count, added(\.recordingCount, in: memory).part(0.5) / count,
        ].map { String(format: count > 1 ? "%.1f" : "%.0f", $0) }
        return "| \(name) | \(cells[0]) | **\(cells[1])** | \(cells[2]) to \(cells[3]) | \(cells[4]) | \(cells[5]) |"
            + " \(counts[0]) | \(counts[1]) |"
    }

    fileprivate var bytesRow: String {
        let size = Double(byteCount)
        let cells = [
            bare(\.callingBytes, in: memory), added(\.callingBytes, in: memory).part(0.5),
            added(\.recordingBytes, in: memory).part(0.5),
        ].map { String(format: "%.2f", $0 / size) }
        return "| \(name) | \(cells[0]) | **\(cells[1])** | \(cells[2]) |"
    }
}

extension [Finding] {
    func markdown(rounds: Int, calls: Int) -> String {
        let heads =
            " bare, us | added, us | its middle half | added, CPU us | with the recorder's, CPU us |"
            + " allocations added | by the recorder |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
        let system = ProcessInfo.processInfo
        return """
            # What recording adds to a call from Swift

            - \(system.activeProcessorCount) processors, \(system.operatingSystemVersionString)

            Written by `make bench-swift`: the medians of the differences of \(rounds) pairs of blocks, one by the client as it is and one
            recorded. What the words mean is in [the README](../README.md#the-swift-sdk). All \(calls) calls are on record.

            | a call |\(heads)
            \(map { $0.row(per: 1) }.joined(separator: "\n"))

            | a piece of a stream |\(heads)
            \(filter(\.isStream).map { $0.row(per: Double($0.pieces)) }.joined(separator: "\n"))

            | bytes allocated for each byte of a body | bare | added | by the recorder |
            | --- | ---: | ---: | ---: |
            \(filter { $0.byteCount > 0 }.map(\.bytesRow).joined(separator: "\n"))

            """
    }
}

extension [Double] {
    /// The value below which this part of a sorted array lies.
    fileprivate func part(_ part: Double) -> Double {
        isEmpty ? .nan : self[Swift.min(count - 1, Int(Double(count) * part))]
    }
}
