// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// A host on the allow-list: an exact name or one with wildcards, with an optional port.
///
/// A leading `*.` stands for one or more labels (`*.openai.azure.com`); `*` elsewhere for one or more characters of one
/// label (`bedrock-runtime.*.amazonaws.com`, `*-aiplatform.googleapis.com`). Matching ignores ASCII case. A pattern
/// with a port (`localhost:11434`) matches that port only, one without matches every port. A bare `*` matches every host.
package struct HostPattern: Sendable {
    /// The pattern as written, lower case.
    package let text: String
    /// The pattern without its port, and an address without its brackets.
    package let name: String

    /// The labels between the dots, last first; without a leading `*` that stands for several.
    private let labels: [[UInt8]]
    private let hasLeadingWildcard: Bool
    private let port: UInt16?
    private let isAddress: Bool

    /// - Returns: nil for an empty pattern, white space, a scheme or a path.
    package init?(_ text: String) {
        var bytes = text.utf8.map { $0.lowercasedASCII }
        for byte in bytes where byte <= 0x20 || byte >= 0x7F || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "@") {
            return nil
        }
        self.text = String(decoding: bytes, as: UTF8.self)

        var port: UInt16?
        let colons = bytes.filter { $0 == UInt8(ascii: ":") }.count
        let isBracketed = bytes.first == UInt8(ascii: "[")
        if isBracketed {
            guard let close = bytes.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            if close &+ 1 < bytes.count {
                guard bytes[close &+ 1] == UInt8(ascii: ":") else { return nil }
                guard let number = Self.port(bytes[(close &+ 2)...]) else { return nil }
                port = number
            }
            bytes = Array(bytes[1..<close])
        } else if colons == 1, let colon = bytes.firstIndex(of: UInt8(ascii: ":")) {
            guard let number = Self.port(bytes[(colon &+ 1)...]) else { return nil }
            port = number
            bytes = Array(bytes[..<colon])
        }
        guard !bytes.isEmpty else { return nil }
        self.port = port
        name = String(decoding: bytes, as: UTF8.self)
        isAddress = Self.isAddress(bytes)
        guard !isAddress else {
            labels = [bytes]
            hasLeadingWildcard = false
            return
        }
        guard colons <= 1 else { return nil }
        var labels = Self.labels(bytes)
        for label in labels where label.isEmpty { return nil }
        hasLeadingWildcard = labels.last.map { $0.count == 1 && $0[0] == UInt8(ascii: "*") } ?? false
        if hasLeadingWildcard { labels.removeLast() }
        self.labels = labels
    }

    /// - Parameter host: without port, any case; an IPv6 address without brackets.
    package func matches(host: some Sequence<UInt8>, port: UInt16) -> Bool {
        if let own = self.port, own != port { return false }
        var bytes = host.map { $0.lowercasedASCII }
        if isAddress { return Self.equal(bytes, labels[0]) }
        if bytes.last == UInt8(ascii: ".") { bytes.removeLast() }
        guard !bytes.isEmpty else { return false }
        let hostLabels = Self.labels(bytes)
        guard hasLeadingWildcard ? hostLabels.count > labels.count : hostLabels.count == labels.count else {
            return false
        }
        for (pattern, label) in zip(labels, hostLabels) where !Self.matches(label, pattern) { return false }
        return true
    }

    /// The DNS subtree that holds every host of the pattern, for a CA's name constraints (RFC 5280, 4.2.1.10).
    ///
    /// `*.openai.azure.com` gives `openai.azure.com`; an exact name gives itself; an IP address or a bare `*` gives nil.
    package var permittedDomain: String? {
        guard !isAddress else { return nil }
        var domain: [UInt8] = []
        for label in labels {
            guard !label.contains(UInt8(ascii: "*")) else { break }
            domain = domain.isEmpty ? label : label + [UInt8(ascii: ".")] + domain
        }
        return domain.isEmpty ? nil : String(decoding: domain, as: UTF8.self)
    }

    private static func port(_ digits: ArraySlice<UInt8>) -> UInt16? {
        guard (1...5).contains(digits.count) else { return nil }
        var number = 0
        for digit in digits {
            guard JSONScan.isDigit(digit) else { return nil }
            number = number &* 10 &+ Int(digit &- 0x30)
        }
        return number == 0 ? nil : UInt16(exactly: number)
    }

    /// IPv6 has a colon; a name whose last label is a number is IPv4 (WHATWG URL, "ends in a number").
    private static func isAddress(_ host: [UInt8]) -> Bool {
        if host.contains(UInt8(ascii: ":")) { return true }
        guard let last = labels(host).first, !last.isEmpty else { return false }
        for byte in last where !JSONScan.isDigit(byte) { return false }
        return true
    }

    /// The labels of a name, last first.
    private static func labels(_ host: [UInt8]) -> [[UInt8]] {
        var labels: [[UInt8]] = []
        var end = host.count
        var index = host.count
        while index > 0 {
            index &-= 1
            if host[index] == UInt8(ascii: ".") {
                labels.append(Array(host[(index &+ 1)..<end]))
                end = index
            }
        }
        labels.append(Array(host[0..<end]))
        return labels
    }

    /// One label against a pattern in which `*` is one or more bytes: goes back to the last `*` only, so at worst the
    /// product of the lengths.
    private static func matches(_ label: [UInt8], _ pattern: [UInt8]) -> Bool {
        var index = 0
        var position = 0
        var star: (position: Int, index: Int)?
        while index < label.count {
            if position < pattern.count, pattern[position] == UInt8(ascii: "*") {
                star = (position, index)
                position &+= 1
                index &+= 1
            } else if position < pattern.count, pattern[position] == label[index] {
                position &+= 1
                index &+= 1
            } else if let last = star {
                star = (last.position, last.index &+ 1)
                position = last.position &+ 1
                index = last.index &+ 2
                guard index <= label.count else { return false }
            } else {
                return false
            }
        }
        return position == pattern.count
    }

    private static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        for index in 0..<left.count where left[index] != right[index] { return false }
        return true
    }
}
