// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// A host on the allow-list: an exact name or one with wildcards, with an optional port.
///
/// A leading `*.` stands for one or more labels (`*.openai.azure.com`); `*` elsewhere for one or more characters of one
/// label (`bedrock-runtime.*.amazonaws.com`, `*-aiplatform.googleapis.com`). Matching ignores ASCII case. A pattern
/// with a port (`localhost:11434`) matches that port only, one without matches every port.
package struct HostPattern: Sendable {
    /// The pattern as written, lower case.
    package let text: String

    /// - Returns: nil for an empty pattern, white space, a scheme or a path.
    package init?(_ text: String) {
        self.text = text
    }

    /// - Parameter host: without port, any case; an IPv6 address without brackets.
    package func matches(host: some Sequence<UInt8>, port: UInt16) -> Bool {
        false
    }

    /// The DNS subtree that holds every host of the pattern, for a CA's name constraints (RFC 5280, 4.2.1.10).
    ///
    /// `*.openai.azure.com` gives `openai.azure.com`; an exact name gives itself; an IP address or a bare `*` gives nil.
    package var permittedDomain: String? { nil }
}
