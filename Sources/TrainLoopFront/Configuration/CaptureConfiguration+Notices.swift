// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

extension CaptureConfiguration {
    static let settings: [StaticString] = [
        "data_folder", "host_allowlist", "log_level", "flush_immediately", "durable", "media",
    ]

    /// What is allowed and yet hardly meant, a line each, for people: such a thing would be found out when calls are missed.
    package func notices() -> [String] {
        var notices = fileNotices
        if hostAllowlist.isEmpty { notices.append("the allow-list is empty: nothing is recorded") }
        return notices
    }
}
