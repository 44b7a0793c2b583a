// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// What the long-lived proxy prints: lines for a POSIX shell that set a client's variables.
package enum ProxyInstructions {
    /// The whole text, comments included.
    package static func text(port: Int, variables: [String: String], authorityFile: String) -> String {
        let exports = variables.sorted { $0.key < $1.key }.map { "export \($0.key)=\(quoted($0.value))\n" }
        return """
            # trainloop proxy listens on 127.0.0.1:\(port). Set these where your programs run:
            \(exports.joined())# Clients that read none of these must trust the certificate in \(authorityFile)

            """
    }

    /// The text as one word of a shell.
    package static func quoted(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "/:.,_-@=+%".utf8.contains(byte)
            }
        }
        guard !isPlain || text.isEmpty else { return text }
        return "'\(text.map { $0 == "'" ? "'\\''" : String($0) }.joined())'"
    }
}
