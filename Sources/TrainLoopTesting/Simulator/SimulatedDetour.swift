// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Answers that come before the provider's own, asked for by the beginning of a path.
enum SimulatedDetour {
    /// - Returns: a redirect for `/redirect/STATUS/...`; a challenge for `/basic/...` where there are no basic credentials.
    static func reply(_ request: SimulatedRequest) -> SimulatedReply? {
        let parts = request.path.split(separator: "/", maxSplits: 2)
        if parts.count == 3, parts[0] == "redirect", let status = Int(parts[1]), (301...308).contains(status) {
            return SimulatedReply(status: status, fields: [("Location", "/\(parts[2])")])
        }
        if parts.first == "basic", request.field("authorization")?.hasPrefix("Basic ") != true {
            return SimulatedReply(
                status: 401, fields: [("WWW-Authenticate", "Basic realm=\"simulator\"")], pieces: [Array("no".utf8)])
        }
        return nil
    }
}
