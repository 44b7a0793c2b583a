// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopCore

/// Bytes that no two seeds share, after the beginning of a file.
func mediaSample(
    _ beginning: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], seed: UInt8 = 1
) -> [UInt8] {
    var state = UInt32(seed)
    return beginning
        + (0..<1500).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(truncatingIfNeeded: state >> 24)
        }
}

extension EventLine {
    /// The line as it would be without blobs, by its references and its blobs alone.
    func withMediaInline() throws -> String {
        let record = try #require(JSONValue(parsing: bytes))
        var text = String(decoding: bytes, as: UTF8.self)
        let listed = try #require(record["capture"]?["media"])
        text = text.replacing(#","media":\#(listed.text)"#, with: "")
        listed.forEachElement { element in
            guard let reference = element.string.flatMap({ MediaReference($0) }),
                let blob = blobs.first(where: { $0.hash == reference.hash })
            else {
                Issue.record("no blob for \(element.text)")
                return
            }
            text = text.replacing(reference.text, with: reference.base64(of: blob.bytes))
        }
        return text
    }
}
