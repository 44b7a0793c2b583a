// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Where to connect instead, as curl's `--connect-to HOST1:PORT1:HOST2:PORT2`.
package struct ConnectTo: Sendable {
    package var host: String
    package var port: Int
    package var toHost: String
    package var toPort: Int

    /// - Parameter text: IPv6 addresses stand in brackets.
    /// - Returns: nil when it is not four parts, or a port is none.
    package init?(_ text: String) {
        var parts: [String] = []
        var rest = text[...]
        while true {
            if rest.first == "[" {
                guard let close = rest.firstIndex(of: "]") else { return nil }
                parts.append(String(rest[rest.index(after: rest.startIndex)..<close]))
                rest = rest[rest.index(after: close)...]
            } else {
                parts.append(String(rest.prefix { $0 != ":" }))
                rest = rest.drop { $0 != ":" }
            }
            guard !rest.isEmpty else { break }
            guard rest.first == ":" else { return nil }
            rest = rest.dropFirst()
        }
        guard parts.count == 4, !parts[0].isEmpty, !parts[2].isEmpty,
            let port = UInt16(parts[1]), let toPort = UInt16(parts[3])
        else { return nil }
        (self.host, self.port, toHost, self.toPort) = (parts[0].lowercased(), Int(port), parts[2], Int(toPort))
    }
}
