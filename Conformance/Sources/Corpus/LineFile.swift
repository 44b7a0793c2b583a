// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import CTrainLoopZlib

/// Reads a file line by line, compressed with gzip or not.
package final class LineFile {
    private let file: gzFile
    private var buffer = [UInt8](repeating: 0, count: 1 << 18)
    private var position = 0
    private var filled = 0
    /// The number of the line read last, from 1.
    package private(set) var lineNumber = 0
    /// The file ended in an error: it is damaged or cut.
    package private(set) var isBroken = false

    /// - Returns: nil when the file cannot be opened.
    package init?(_ path: String) {
        guard let file = gzopen(path, "rb") else { return nil }
        self.file = file
    }

    deinit { gzclose(file) }

    /// The next line without its line feed, or nil at the end.
    package func next() -> [UInt8]? {
        var line: [UInt8] = []
        while true {
            if position == filled {
                let count = gzread(file, &buffer, UInt32(buffer.count))
                if count < 0 { isBroken = true }
                guard count > 0 else {
                    guard !line.isEmpty else { return nil }
                    lineNumber += 1
                    return line
                }
                position = 0
                filled = Int(count)
            }
            if let end = buffer[position..<filled].firstIndex(of: 0x0A) {
                line.append(contentsOf: buffer[position..<end])
                position = end + 1
                lineNumber += 1
                return line
            }
            line.append(contentsOf: buffer[position..<filled])
            position = filled
        }
    }
}
