// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The first message of a TLS connection (RFC 8446, 4.1.2), as far as it says where the client wants to go.
struct ClientHello: Equatable {
    enum Outcome: Equatable {
        case needsMore
        case hello(ClientHello)
        case notTLS
    }

    /// The server's name (RFC 6066, 3), lower case, or nil when the client sends none.
    var serverName: String?
    /// The protocols that the client offers (RFC 7301), or empty when it offers none by name.
    var protocols: [String] = []

    /// Whether the client can speak what we do; who offers nothing by name can.
    var speaksHTTP1: Bool {
        protocols.isEmpty || protocols.contains { $0 == "http/1.1" || $0 == "http/1.0" }
    }

    /// A hello larger than this is no client's: 64 KiB.
    static let maximumByteCount = 65_536

    static func read(_ bytes: [UInt8]) -> Outcome {
        guard bytes.first ?? 0x16 == 0x16 else { return .notTLS }
        // The hello may be spread over several records; take their headers out first.
        var hello: [UInt8] = []
        var position = 0
        while position + 5 <= bytes.count {
            guard bytes[position] == 0x16 else { return .notTLS }
            let length = Int(bytes[position + 3]) << 8 | Int(bytes[position + 4])
            hello += bytes[min(position + 5, bytes.count)..<min(position + 5 + length, bytes.count)]
            position += 5 + length
            if hello.count >= 4 {
                guard hello[0] == 1 else { return .notTLS }
                let whole = 4 + (Int(hello[1]) << 16 | Int(hello[2]) << 8 | Int(hello[3]))
                guard whole <= maximumByteCount else { return .notTLS }
                if hello.count >= whole { return .hello(ClientHello(body: hello[4..<whole])) }
            }
        }
        return bytes.count < maximumByteCount ? .needsMore : .notTLS
    }

    private init(body: ArraySlice<UInt8>) {
        var reader = Reader(rest: body)
        // Version and random, session, cipher suites, compression methods.
        guard reader.take(34) != nil, reader.takeVector(1) != nil, reader.takeVector(2) != nil,
            reader.takeVector(1) != nil, let extensions = reader.takeVector(2)
        else { return }
        var list = Reader(rest: extensions)
        while let type = list.takeNumber(2), let content = list.takeVector(2) {
            var reader = Reader(rest: content)
            guard type == 0 || type == 16, let entries = reader.takeVector(2) else { continue }
            var entry = Reader(rest: entries)
            if type == 0 {
                guard entry.takeNumber(1) == 0, let name = entry.takeVector(2) else { continue }
                serverName = String(decoding: name, as: UTF8.self).lowercased()
            } else {
                while let name = entry.takeVector(1) { protocols.append(String(decoding: name, as: UTF8.self)) }
            }
        }
    }

    /// Numbers and vectors as TLS writes them; everything beyond the end is nil.
    private struct Reader {
        var rest: ArraySlice<UInt8>

        mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
            guard rest.count >= count else { return nil }
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count)
        }

        mutating func takeNumber(_ byteCount: Int) -> Int? {
            take(byteCount)?.reduce(0) { $0 << 8 | Int($1) }
        }

        mutating func takeVector(_ lengthByteCount: Int) -> ArraySlice<UInt8>? {
            takeNumber(lengthByteCount).flatMap { take($0) }
        }
    }
}
