// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

extension CaptureConfiguration {
    private static let keys: [StaticString] = [
        "data_folder", "host_allowlist", "log_level", "flush_immediately", "durable", "media",
    ]

    /// What is allowed and yet hardly meant, a line each, for people: such a thing would be found out when calls are missed.
    package func notices() -> [String] {
        var notices: [String] = []
        if let path = file, case .success(let content) = readSmallFile(path),
            let section = try? YAMLSection("trainloop", in: content)
        {
            if !section.isPresent { notices.append("\(path) has no section trainloop:, so nothing of it is used") }
            for (key, line) in section.keys where !Self.keys.contains(where: { key.isEqual($0) }) {
                let known = Self.keys.map { "\($0)" }.joined(separator: ", ")
                notices.append("\(path):\(line): \(key) is no setting, and has no effect; there are \(known)")
            }
        }
        if hostAllowlist.isEmpty { notices.append("the allow-list is empty: nothing is recorded") }
        return notices
    }
}
