// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Secrets that stand in a body, known by the name of the member that holds them: what a provider needs to call tool
/// servers and search indexes for the application, and what an answer hands out.
///
/// Names mean something only among settings: what a conversation says of a password is content, and stays.
extension Credentials {
    /// Gathers them from a request, or from an answer that is shown as it is.
    mutating func add(of body: JSONView) { add(of: body, isAmongCredentials: false, depth: 0) }

    private static let deepest = 16

    private mutating func add(of value: JSONView, isAmongCredentials: Bool, depth: Int) {
        guard depth < Self.deepest else { return }
        value.forEachElement { element in
            if element.isObject { add(of: element, isAmongCredentials: isAmongCredentials, depth: depth &+ 1) }
        }
        value.forEachMember { name, member in
            if let text = member.text {
                add(text, named: name.bytes, isAmongCredentials)
            } else if member.isObject || member.isArray, !Self.isContent(name, depth > 0 || member.isArray) {
                let isAmong = isAmongCredentials || name.hasSuffix("eaders") || Self.isCredential(name.bytes)
                add(of: member, isAmongCredentials: isAmong, depth: depth &+ 1)
            }
        }
    }

    private mutating func add(_ text: JSONText, named name: UnsafeBufferPointer<UInt8>, _ isAmongCredentials: Bool) {
        if Self.isSecret(name) || isAmongCredentials && Self.isCredential(name) {
            addValue(text.copy)
        } else if text.hasPrefix("http") {
            addAddress(text.copy[...])
        }
    }

    private static func isContent(_ name: JSONText, _ isPlace: Bool) -> Bool {
        for content in contents where isPlace && ASCII.isEqual(name.bytes, content) { return true }
        return false
    }

    /// What holds a conversation, or the description of values and not values.
    private static let contents: [StaticString] = [
        "messages", "contents", "input", "prompt", "properties", "examples", "data", "choices", "output",
    ]

    /// How names of members end that hold a secret wherever they stand, in lower case and without hyphens and underscores.
    private static let secretNames: [StaticString] = [
        "authorization", "authorizationtoken", "apikey", "apikeystring", "accesskey", "accesstoken", "authtoken",
        "bearertoken", "idtoken", "refreshtoken", "sessiontoken", "clientsecret", "secretkey", "subscriptionkey",
        "privatekey", "password", "connectionstring",
    ]

    private static func isSecret(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        for word in secretNames where ends(name, with: word) { return true }
        return false
    }

    private static func ends(_ name: UnsafeBufferPointer<UInt8>, with word: StaticString) -> Bool {
        var left = word.utf8CodeUnitCount
        var index = name.count
        guard index >= left else { return false }
        while left > 0, index > 0 {
            index &-= 1
            let byte = name[index]
            if byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") { continue }
            left &-= 1
            guard byte.lowercasedASCII == word.utf8Start[left] else { return false }
        }
        return left == 0
    }

    /// A secret as it stands between quotes.
    ///
    /// Several words, or one short word of letters, are no secret: a secret is taken out of the whole line, and such a one
    /// may be said in it.
    private mutating func addValue(_ escaped: [UInt8]) {
        let value = Self.withoutScheme(escaped)
        guard !value.contains(0x20), value.count >= 16 || value.contains(where: { Self.isNoWordByte($0) }) else {
            return
        }
        addEscaped(value)
    }

    private static func isNoWordByte(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10 || !byte.isAlphanumericASCII && byte != UInt8(ascii: "_") && byte != UInt8(ascii: "-")
    }

    /// The secrets of an address: its password, and the values that its query gives to names of secrets.
    private mutating func addAddress(_ address: ArraySlice<UInt8>) {
        let body = address.drop { $0 != UInt8(ascii: ":") }.drop { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "/") }
        let authority = body.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
        if let at = authority.lastIndex(of: UInt8(ascii: "@")) {
            let password = authority[..<at].drop { $0 != UInt8(ascii: ":") }.dropFirst()
            addValue(Array(password))
        }
        let query = body.drop { $0 != UInt8(ascii: "?") }.dropFirst().prefix { $0 != UInt8(ascii: "#") }
        for pair in query.split(separator: UInt8(ascii: "&")) {
            guard let equals = pair.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let name = EncodedURL.decoded(pair[..<equals])
            let isSecret =
                EncodedURL.isSecret(name) || ASCII.hasSuffix(name, "key") || ASCII.hasSuffix(name, "token")
                || ASCII.hasSuffix(name, "secret")
            if isSecret { addValue(Array(pair[(equals &+ 1)...])) }
        }
    }
}
