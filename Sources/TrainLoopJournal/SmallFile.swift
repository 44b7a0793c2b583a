// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import CTrainLoopSystem

package enum SmallFile {
    /// The whole content, or nil when the file is not there or cannot be read.
    package static func read(_ path: String) -> [UInt8]? {
        let descriptor = trainloop_open_read(path)
        guard descriptor >= 0 else { return nil }
        defer { trainloop_close(descriptor) }
        var content: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = trainloop_read_at(descriptor, &block, Int64(block.count), Int64(content.count))
            guard count >= 0 else { return nil }
            guard count > 0 else { return content }
            content += block[..<Int(count)]
        }
    }
}
