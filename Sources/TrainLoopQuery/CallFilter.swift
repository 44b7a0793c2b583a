// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

package import TrainLoopCore

/// Which records are asked for; what is nil does not matter.
package struct CallFilter: Sendable {
    package var tag: String?
    /// A part of the model's name, or a pattern with `*`; ASCII case does not count.
    package var model: String?
    package var provider: String?
    package var status: String?
    /// Milliseconds since the epoch; of the call's start, both ends included.
    package var since: Int64?
    package var until: Int64?

    package init() {}

    package func matches(_ record: JSONValue) -> Bool {
        if let tag, record["tag"]?.string != tag { return false }
        if let provider, record["provider"]?.string?.lowercased() != provider.lowercased() { return false }
        if let status, record["status"]?.string?.lowercased() != status.lowercased() { return false }
        if let model {
            let names = [record["model"]?.string, record["responseModel"]?.string].compactMap { $0?.lowercased() }
            guard names.contains(where: { Self.matches($0, model.lowercased()) }) else { return false }
        }
        guard since != nil || until != nil else { return true }
        guard let start = record["startTimeMs"]?.integer else { return false }
        return start >= since ?? .min && start <= until ?? .max
    }

    private static func matches(_ name: String, _ pattern: String) -> Bool {
        guard pattern.contains("*") else { return name.contains(pattern) }
        let parts = pattern.split(separator: "*", omittingEmptySubsequences: false).map(String.init)
        var rest = name[...]
        for (index, part) in parts.enumerated() {
            if index == 0 {
                guard rest.hasPrefix(part) else { return false }
                rest = rest.dropFirst(part.count)
            } else if index == parts.count - 1 {
                return rest.hasSuffix(part)
            } else if !part.isEmpty {
                guard let range = rest.firstRange(of: part) else { return false }
                rest = rest[range.upperBound...]
            }
        }
        return true
    }
}
