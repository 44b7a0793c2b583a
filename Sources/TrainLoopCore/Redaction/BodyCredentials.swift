// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Finds the secrets of a body by the names of the members that hold them: what a provider needs to call tool servers and
/// search indexes for the application, and what an answer hands out.
///
/// Names mean something only among settings: what a conversation says of a password is content, and stays.
struct BodyCredentials {
    private(set) var credentials: Credentials
    /// How often what is read now was written as text into other JSON.
    private var textLevel = 0

    init(_ credentials: Credentials) {
        self.credentials = credentials
    }

    private static let deepest = 16
    private static let deepestText = 2

    // MARK: - Walking

    /// - Parameter isAmongCredentials: all of it is about credentials, as the address says.
    @inline(never)  // Each of its callers, itself among them, would be as large again.
    mutating func add(of value: JSONView, isAmongCredentials: Bool, depth: Int = 0) {
        guard depth < Self.deepest else { return }
        value.forEachElement { element in
            if element.isObject { add(of: element, isAmongCredentials: isAmongCredentials, depth: depth &+ 1) }
        }
        value.forEachMember { name, member in
            if let text = member.text {
                add(text, named: name, isAmongCredentials, depth)
            } else if member.isObject || member.isArray, !Self.isContent(name, isPlace: depth > 0 || member.isArray) {
                let isAmong = isAmongCredentials || Self.isOne(of: Self.places, name)
                add(of: member, isAmongCredentials: isAmong, depth: depth &+ 1)
            }
        }
    }

    /// Looks for them in text that is JSON, or lines of it.
    mutating func add(ofText text: [UInt8], isAmongCredentials: Bool) {
        guard textLevel < Self.deepestText, Self.beginsJSON(text) else { return }
        textLevel &+= 1
        defer { textLevel &-= 1 }
        if add(ofJSON: text[...], isAmongCredentials) { return }
        for line in text.split(separator: 0x0A) where !add(ofJSON: line, isAmongCredentials) {
            let closed = line.withUnsafeBufferPointer { JSONRepair.closed($0) }
            if let closed { _ = add(ofJSON: closed[...], isAmongCredentials) }
        }
    }

    /// - Returns: false when it is no JSON.
    private mutating func add(ofJSON text: ArraySlice<UInt8>, _ isAmongCredentials: Bool) -> Bool {
        text.withUnsafeBufferPointer { buffer in
            guard let view = JSONView(parsing: buffer) else { return false }
            add(of: view, isAmongCredentials: isAmongCredentials)
            return true
        }
    }

    private static func beginsJSON(_ text: some Collection<UInt8>) -> Bool {
        text.first == UInt8(ascii: "{") || text.first == UInt8(ascii: "[")
    }

    private mutating func add(_ text: JSONText, named name: JSONText, _ isAmongCredentials: Bool, _ depth: Int) {
        guard !text.isEmpty else { return }
        if Self.isAddress(text) {
            addAddress(JSONEscape.unescaped(text.bytes), isServer: Self.isOne(of: Self.servers, name))
        } else if Self.isOne(of: Self.secrets, name)
            || isAmongCredentials && Credentials.isCredential(name.bytes) && !Self.isOne(of: Self.descriptions, name)
            || isAmongCredentials && name.isEqual(to: "value")
        {
            credentials.add(text, named: name, textLevel: textLevel)
        } else if Self.beginsJSON(text.bytes) {
            let isAmong = isAmongCredentials || Self.isOne(of: Self.places, name)
            add(ofText: JSONEscape.unescaped(text.bytes), isAmongCredentials: isAmong)
        }
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
        "auth", "authentication", "authorization", "authconfig", "apikeyconfig", "credential", "credentials", "headers",
        "secret", "secrets",
    ]

    /// Which names, though they sound like a secret, tell of one.
    private static let descriptions: [StaticString] = ["name", "type", "url", "uri", "endpoint", "id", "arn"]

    /// Addresses that let in whoever knows them.
    private static let servers: [StaticString] = ["serverurl", "webhook", "webhookurl"]

    private static func isOne(of words: [StaticString], _ name: JSONText) -> Bool {
        for word in words where ends(name, with: word) { return true }
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
        "messages", "contents", "input", "inputs", "prompt", "items", "documents", "chat_history", "tool_results",
        "args", "arguments", "properties", "examples", "input_examples", "data", "choices", "candidates", "output",
    ]

    private static func isContent(_ name: JSONText, isPlace: Bool) -> Bool {
        guard isPlace else { return false }
        for content in contents where name.isEqual(to: content) { return true }
        return false
    }

    // MARK: - Addresses

    private static func isAddress(_ text: JSONText) -> Bool {
        for scheme in ["https:", "http:", "wss:", "ws:"] as [StaticString] where text.hasPrefix(scheme) { return true }
        return false
    }

    /// Takes an address's password, the values that its query gives to names of secrets and, of a server that is called for the
    /// application, what in its path looks like a key.
    private mutating func addAddress(_ address: [UInt8], isServer: Bool) {
        let body = address.drop { $0 != UInt8(ascii: ":") }.drop { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "/") }
        let authority = body.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
        if let at = authority.lastIndex(of: UInt8(ascii: "@")) {
            let user = authority[..<at]
            let colon = user.firstIndex(of: UInt8(ascii: ":"))
            credentials.addIfTelling(Array(user[(colon.map { $0 &+ 1 } ?? user.startIndex)...]))
        }
        let rest = body[authority.endIndex...].prefix { $0 != UInt8(ascii: "#") }
        let path = rest.prefix { $0 != UInt8(ascii: "?") }
        if isServer {
            for segment in path.split(separator: UInt8(ascii: "/")) where Self.isKeyLike(segment) {
                credentials.addIfTelling(Array(segment))
            }
        }
        for pair in rest[path.endIndex...].dropFirst().split(separator: UInt8(ascii: "&")) {
            guard let equals = pair.firstIndex(of: UInt8(ascii: "=")) else { continue }
            if EncodedURL.isSecret(EncodedURL.decoded(pair[..<equals])) {
                credentials.addIfTelling(Array(pair[(equals &+ 1)...]))
            }
        }
    }

    /// Long, and of letters, digits, hyphens and underscores only.
    private static func isKeyLike(_ segment: ArraySlice<UInt8>) -> Bool {
        guard segment.count >= 24 else { return false }
        for byte in segment
        where !byte.isAlphanumericASCII && byte != UInt8(ascii: "-") && byte != UInt8(ascii: "_") { return false }
        return true
    }
}
