// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

package import TrainLoopCore

/// One record as it lies in a data folder.
package struct StoredRecord: Sendable {
    /// The line without its line feed.
    package var bytes: ArraySlice<UInt8>
    /// The same, validated.
    package var json: JSONValue
    package var path: String
    package var byteOffset: Int64

    /// The records in what stands on one line.
    ///
    /// Two processes that write while the disk is full can leave a torn line with a whole one glued to it. Every record
    /// begins with `{"durationMs":`, which cannot occur inside a record without escapes: the whole one is cut out.
    package static func records(
        in line: ArraySlice<UInt8>, path: String, byteOffset: Int64, damage: (JournalDamage) -> Void
    ) -> [StoredRecord] {
        if let json = JSONValue(parsing: line), json.kind == .object {
            return [StoredRecord(bytes: line, json: json, path: path, byteOffset: byteOffset)]
        }
        var starts = line.indices.filter { line[$0...].starts(with: Self.beginning) }
        if starts.first != line.startIndex { starts.insert(line.startIndex, at: 0) }
        var records: [StoredRecord] = []
        for (index, start) in starts.enumerated() {
            let part = line[start..<(index + 1 < starts.count ? starts[index + 1] : line.endIndex)]
            let offset = byteOffset + Int64(start - line.startIndex)
            if starts.count > 1, let json = JSONValue(parsing: part), json.kind == .object {
                records.append(StoredRecord(bytes: part, json: json, path: path, byteOffset: offset))
            } else {
                damage(JournalDamage(path: path, byteOffset: offset, byteCount: part.count, isTail: false))
            }
        }
        return records
    }

    private static let beginning = Array(#"{"durationMs":"#.utf8)
}
