// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Takes out of a body the secrets that its members hold, known by their names: what a provider needs to call tool servers
/// and search indexes for the application, and what an answer hands out.
///
/// Names mean something only among settings: what a conversation says of a password is content, and stays.
struct BodyCredentials {
    /// What came besides, and what of the body can be looked for in the rest of the record.
    private(set) var credentials: Credentials
    /// How many were taken out.
    private(set) var count = 0
    /// All that is read is about credentials, as the address, or the name that it stands under, says.
    private var isAmongCredentials: Bool
    private var edits: [Edit] = []
    private var textLevel = 0

    /// Other bytes for those of a value.
    private struct Edit {
        let start: UnsafePointer<UInt8>
        let count: Int
        let replacement: [UInt8]
    }

    private static let word: StaticString = "[REDACTED:credential]"
    private static let deepest = 16
    private static let deepestText = 2

    init(_ credentials: Credentials, isAmongCredentials: Bool) {
        self.credentials = credentials
        self.isAmongCredentials = isAmongCredentials
    }

    // MARK: - Bodies

    /// The JSON without its secrets; nil where it has none.
    mutating func cleaned(_ json: JSONView) -> [UInt8]? {
        let outer = edits
        edits = []
        defer { edits = outer }
        walk(json, isAmongCredentials, depth: 0)
        return spliced(json.bytes)
    }

    /// A text that is JSON, or lines of it, or the beginning of one, without its secrets; nil where it has none.
    mutating func cleaned(text: [UInt8]) -> [UInt8]? {
        guard textLevel < Self.deepestText, Self.beginsJSON(text) else { return nil }
        textLevel &+= 1
        defer { textLevel &-= 1 }
        // Of one value on several lines the first is no value.
        let first = text.prefix { $0 != 0x0A }
        guard first.count < text.count, first.withUnsafeBufferPointer({ JSONView(parsing: $0) != nil }) else {
            return cleaned(line: text[...])
        }
        var lines: [UInt8] = []
        var hasChanged = false
        for line in text.split(separator: 0x0A, omittingEmptySubsequences: false) {
            if !lines.isEmpty || line.startIndex > text.startIndex { lines.append(0x0A) }
            let cleaned = cleaned(line: line)
            if cleaned != nil { hasChanged = true }
            lines.append(contentsOf: cleaned ?? Array(line))
        }
        return hasChanged ? lines : nil
    }

    /// One value, or its beginning.
    private mutating func cleaned(line: ArraySlice<UInt8>) -> [UInt8]? {
        line.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return nil }
            if let view = JSONView(parsing: buffer) {
                guard let cleaned = cleaned(view) else { return nil }
                let start = view.start - base
                return Array(buffer[..<start]) + cleaned + Array(buffer[(start &+ view.count)...])
            }
            guard let closed = JSONRepair.closed(buffer) else { return nil }
            return closed.withUnsafeBufferPointer { closed in
                guard let view = JSONView(parsing: closed), let cleaned = cleaned(view) else { return nil }
                // What follows the last whole value may be the beginning of a secret.
                return cleaned
            }
        }
    }

    private func spliced(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        guard !edits.isEmpty, let base = bytes.baseAddress else { return nil }
        var spliced: [UInt8] = []
        spliced.reserveCapacity(bytes.count)
        var from = 0
        for edit in edits {
            let start = edit.start - base
            spliced.append(contentsOf: bytes[from..<start])
            spliced.append(contentsOf: edit.replacement)
            from = start &+ edit.count
        }
        spliced.append(contentsOf: bytes[from...])
        return spliced
    }

    private static func beginsJSON(_ text: some Collection<UInt8>) -> Bool {
        text.first == UInt8(ascii: "{") || text.first == UInt8(ascii: "[")
    }

    // MARK: - Members

    @inline(never)  // Each of its callers, itself among them, would be as large again.
    private mutating func walk(_ value: JSONView, _ isAmong: Bool, depth: Int) {
        guard depth < Self.deepest else { return }
        value.forEachElement { walk($0, isAmong, depth: depth &+ 1) }
        value.forEachMember { name, member in
            if Self.isOne(of: Self.secrets, name) {
                take(member, name, isNumberToo: true, depth)
            } else if isAmong, Self.isSecretAmongCredentials(name) {
                take(member, name, isNumberToo: false, depth)
            } else {
                look(into: member, name, isAmong, depth)
            }
        }
    }

    /// Takes out a value, or the values of a list; an object says what its members are.
    private mutating func take(_ member: JSONView, _ name: JSONText, isNumberToo: Bool, _ depth: Int) {
        if let text = member.text {
            guard !text.isEmpty else { return }
            credentials.addIfTelling(Credentials.withoutScheme(JSONEscape.unescaped(text.bytes)))
            replace(member, by: Self.word)
        } else if member.kind == .number {
            if isNumberToo { replace(member, by: Self.word) }
        } else if member.isArray {
            member.forEachElement { element in
                if element.isObject {
                    walk(element, true, depth: depth &+ 1)
                } else {
                    take(element, name, isNumberToo: isNumberToo, depth &+ 1)
                }
            }
        } else {
            walk(member, true, depth: depth &+ 1)
        }
    }

    private mutating func look(into member: JSONView, _ name: JSONText, _ isAmong: Bool, _ depth: Int) {
        if let text = member.text {
            if Self.isAddress(text) {
                let address = JSONEscape.unescaped(text.bytes)
                let cleaned = cleaned(address: address, isServer: Self.isOne(of: Self.servers, name))
                if let cleaned { replace(member, byText: cleaned) }
            } else if Self.beginsJSON(text.bytes), !Self.isContent(name) {
                let outer = isAmongCredentials
                isAmongCredentials = isAmong || Self.isOne(of: Self.places, name)
                if let cleaned = cleaned(text: JSONEscape.unescaped(text.bytes)) { replace(member, byText: cleaned) }
                isAmongCredentials = outer
            }
        } else if member.isObject || member.isArray {
            guard isAmong || depth == 0 && member.isObject || !Self.isContent(name) else { return }
            walk(member, isAmong || Self.isOne(of: Self.places, name), depth: depth &+ 1)
        }
    }

    private mutating func replace(_ value: JSONView, by word: StaticString) {
        count &+= 1
        replace(value, byText: Array(UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)))
    }

    private mutating func replace(_ value: JSONView, byText text: [UInt8]) {
        var string = [UInt8(ascii: "\"")]
        text.withUnsafeBufferPointer { _ = JSONEscape.append($0, to: &string) }
        string.append(UInt8(ascii: "\""))
        edits.append(Edit(start: value.start, count: value.count, replacement: string))
    }

    // MARK: - Names, in lower case and without hyphens and underscores

    /// How members are called that hold a secret wherever they stand.
    private static let secrets: [StaticString] = [
        "authorization", "authorizationtoken", "apikey", "apikeystring", "accesskey", "accesstoken", "authtoken",
        "bearertoken", "idtoken", "refreshtoken", "sessiontoken", "secret", "secretkey", "subscriptionkey",
        "privatekey", "password", "connectionstring",
    ]

    /// How members are called in which every name that sounds like a secret is one.
    private static let places: [StaticString] = [
        "auth", "authentication", "authconfig", "apikeyconfig", "credential", "credentials", "headers", "secrets",
    ]

    /// Which names, though they sound like a secret, tell of one.
    private static let descriptions: [StaticString] = ["name", "type", "url", "uri", "endpoint", "id", "arn"]

    /// Addresses that let in whoever knows them.
    private static let servers: [StaticString] = ["serverurl", "webhook", "webhookurl"]

    private static func isSecretAmongCredentials(_ name: JSONText) -> Bool {
        name.isEqual(to: "value") || Credentials.isCredential(name.bytes) && !isOne(of: descriptions, name)
    }

    private static func isOne(of words: [StaticString], _ name: JSONText) -> Bool {
        guard let last = name.bytes.last?.lowercasedASCII else { return false }
        for word in words where word.utf8Start[word.utf8CodeUnitCount &- 1] == last && ends(name, with: word) {
            return true
        }
        return false
    }

    private static func ends(_ name: JSONText, with word: StaticString) -> Bool {
        var left = word.utf8CodeUnitCount
        var index = name.count
        guard index >= left else { return false }
        while left > 0, index > 0 {
            index &-= 1
            let byte = name.start[index]
            if byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") { continue }
            left &-= 1
            guard byte.lowercasedASCII == word.utf8Start[left] else { return false }
        }
        return left == 0
    }

    /// What holds a conversation, or the description of values and not values.
    private static let contents: [StaticString] = [
        "messages", "message", "contents", "content", "input", "inputs", "prompt", "text", "query", "system",
        "system_prompt", "instructions", "items", "documents", "chat_history", "tool_results", "args", "arguments",
        "properties", "examples", "input_examples", "data", "choices", "candidates", "output",
    ]

    private static func isContent(_ name: JSONText) -> Bool {
        for content in contents where ASCII.isEqual(name.bytes, content) { return true }
        return false
    }

    // MARK: - Addresses

    private static func isAddress(_ text: JSONText) -> Bool {
        for scheme in ["https:", "http:", "wss:", "ws:"] as [StaticString] where text.hasPrefix(scheme) { return true }
        return false
    }

    /// An address without its password, the values that its query gives to names of secrets and, of a server that is called for
    /// the application, what in its path looks like a key; nil where it has none.
    private mutating func cleaned(address: [UInt8], isServer: Bool) -> [UInt8]? {
        var cleaned: [UInt8] = []
        let before = count
        var start = address.startIndex
        // Where a password may stand: behind the scheme, up to the first slash or question mark.
        var isAuthority = false
        var isQuery = false
        while start < address.endIndex {
            let stops: [UInt8] =
                isQuery
                ? [UInt8(ascii: "&"), UInt8(ascii: "#")] : [UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#")]
            let end = address[start...].firstIndex { stops.contains($0) } ?? address.endIndex
            let piece = address[start..<end]
            if isQuery {
                append(piece, from: afterSecretName(in: piece), to: &cleaned)
            } else if isAuthority, let at = piece.lastIndex(of: UInt8(ascii: "@")) {
                let colon = piece[..<at].firstIndex(of: UInt8(ascii: ":"))
                append(piece[..<at], from: colon.map { $0 &+ 1 } ?? piece.startIndex, to: &cleaned)
                cleaned.append(contentsOf: piece[at...])
            } else {
                append(piece, from: isServer && Self.isKeyLike(piece) ? piece.startIndex : nil, to: &cleaned)
            }
            guard end < address.endIndex else { break }
            // The authority is the piece behind the second slash of `//`.
            isAuthority = piece.isEmpty && !isQuery && cleaned.last == UInt8(ascii: "/")
            if address[end] == UInt8(ascii: "?") { isQuery = true }
            if address[end] == UInt8(ascii: "#") {
                cleaned.append(contentsOf: address[end...])
                break
            }
            cleaned.append(address[end])
            start = end &+ 1
        }
        return count > before ? cleaned : nil
    }

    /// Appends a piece of an address, and the mark in the place of what is secret from there on.
    private mutating func append(_ piece: ArraySlice<UInt8>, from secret: Int?, to cleaned: inout [UInt8]) {
        guard let secret, secret < piece.endIndex else { return cleaned.append(contentsOf: piece) }
        count &+= 1
        credentials.addIfTelling(Array(piece[secret...]))
        cleaned.append(contentsOf: piece[..<secret])
        cleaned.append(contentsOf: UnsafeBufferPointer(start: Self.word.utf8Start, count: Self.word.utf8CodeUnitCount))
    }

    /// Where the value of a query's field begins whose name says that it is a secret.
    private func afterSecretName(in field: ArraySlice<UInt8>) -> Int? {
        guard let equals = field.firstIndex(of: UInt8(ascii: "=")),
            EncodedURL.isSecret(EncodedURL.decoded(field[..<equals]))
        else { return nil }
        return equals &+ 1
    }

    /// Long, and of letters, digits, hyphens and underscores only, of digits and letters both.
    private static func isKeyLike(_ segment: ArraySlice<UInt8>) -> Bool {
        guard segment.count >= 24, Credentials.isTelling(Array(segment)) else { return false }
        for byte in segment
        where !byte.isAlphanumericASCII && byte != UInt8(ascii: "-") && byte != UInt8(ascii: "_") { return false }
        return true
    }
}
