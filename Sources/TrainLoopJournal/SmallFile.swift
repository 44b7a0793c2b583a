// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import CTrainLoopSystem

package enum SmallFile {
    /// The whole content.
    ///
    /// - Throws: where the file is not there (ENOENT) or cannot be read.
    package static func read(_ path: String) throws(JournalError) -> [UInt8] {
        let descriptor = trainloop_open_read(path)
        guard descriptor >= 0 else { throw error(path, -descriptor) }
        defer { trainloop_close(descriptor) }
        var content: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = trainloop_read_at(descriptor, &block, Int64(block.count), Int64(content.count))
            guard count >= 0 else { throw error(path, Int32(clamping: -count)) }
            guard count > 0 else { return content }
            content += block[..<Int(count)]
        }
    }

    private static func error(_ path: String, _ number: Int32) -> JournalError {
        let reason = String(cString: trainloop_error_text(number))
        return JournalError(message: "cannot read \(path): \(reason) (\(number)).", errorNumber: number)
    }
}
