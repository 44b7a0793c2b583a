// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Corpus

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What the core costs, alone on one thread: from the bytes of an exchange to its line.
///
/// `Benchmarks/core/run` drives it, so that another reader of the same bytes can take its turn between the measurements.
@main
struct CoreBench {
    private static let usage = """
        usage: corebench groups CORPUS FOLDER   leaves each group's JSON in FOLDER, then measures what stdin asks for:
                                                `GROUP MILLISECONDS`, answered by the nanoseconds of the shortest pass
               corebench body TYPE BOUND        takes stdin for the content of one response of that content type
        """

    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if arguments.count == 3, arguments[0] == "groups" {
            measureGroups(corpus: arguments[1], folder: arguments[2])
        } else if arguments.count == 3, arguments[0] == "body", let bound = Int(arguments[2]) {
            print(OneBody(contentType: arguments[1], byteLimit: bound).measure())
        } else {
            stop(usage, status: 2)
        }
    }

    private static func measureGroups(corpus: String, folder: String) {
        guard let file = LineFile(corpus) else { stop("cannot open \(corpus)", status: 1) }
        let groups: [ExchangeGroup]
        do { groups = try ExchangeGroup.groups(of: file) } catch { stop("\(corpus): \(error.message)", status: 1) }
        for (number, group) in groups.enumerated() {
            guard group.writePayloads(to: "\(folder)/\(number)") else { stop("cannot write to \(folder)", status: 1) }
            print(group.description(number))
        }
        print("")
        fflush(nil)
        while let line = readLine() {
            let words = line.split(separator: " ").compactMap { Int($0) }
            guard words.count == 2, groups.indices.contains(words[0]) else { stop("what is \(line)?", status: 1) }
            print(groups[words[0]].shortestPass(within: words[1] * 1_000_000))
            fflush(nil)
        }
    }

    private static func stop(_ message: String, status: Int32) -> Never {
        let bytes = Array((message + "\n").utf8)
        _ = write(2, bytes, bytes.count)
        exit(status)
    }
}
