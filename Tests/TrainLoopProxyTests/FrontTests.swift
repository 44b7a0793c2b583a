// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopCapture
import TrainLoopCertificates
import TrainLoopCore
import TrainLoopFront
import TrainLoopProxy

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The proxy's own port: who may come in, what is tunnelled blind, what is refused and how.
@Suite(.serialized, .timeLimit(.minutes(10))) struct FrontTests {
    @Test func `a request without the token is refused with 407`() async throws {
        let proxy = try await TestProxy()
        for line in ["CONNECT api.openai.com:443 HTTP/1.1", "GET http://plain.example/ HTTP/1.1"] {
            for credentials in ["", "Proxy-Authorization: Basic dHJhaW5sb29wOndyb25n\r\n"] {
                let peer = try await proxy.connect()
                try await peer.send("\(line)\r\n\(credentials)\r\n")
                let answer = await peer.receiveAll()
                #expect(answer.hasPrefix("HTTP/1.1 407 "))
                #expect(answer.contains("Proxy-Authenticate: Basic"))
                #expect(answer.contains("token"))
            }
        }
        #expect(await proxy.finish().coverage == Coverage())
    }

    @Test(
        arguments: [
            ("\u{0}\u{1}\r\n\r\n", "400"), ("HELLO\r\n\r\n", "400"),
            ("CONNECT nowhere HTTP/1.1\r\n\(TestProxy.authorization)\r\n", "400"),
            ("GET https://api.openai.com/ HTTP/1.1\r\n\(TestProxy.authorization)\r\n", "400"),
            ("GET / HTTP/1.1\r\n\r\n", "403"),
            ("GET /0123456789abcdef/nobody/ HTTP/1.1\r\n\r\n", "404"),
            ("GET http://plain.example/ HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "400"),
            ("GET / HTTP/1.1\r\n" + String(repeating: "A: b\r\n", count: 20_000), "431"),
        ])
    func `what this port does not speak is refused with a reason`(bytes: String, status: String) async throws {
        let proxy = try await TestProxy()
        let peer = try await proxy.connect()
        try await peer.send(bytes)
        let answer = await peer.receiveAll()
        #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
        #expect(answer.contains("\r\n\r\ntrainloop: "))
        _ = await proxy.finish()
    }

    @Test(arguments: ["GET / HT", "CONNECT api.openai.com:443 HTTP/1.1\r\n", "\u{16}\u{3}\u{1}"])
    func `half a request that will not become a whole one is let go`(bytes: String) async throws {
        let proxy = try await TestProxy()
        let peer = try await proxy.connect()
        try await peer.send(bytes)
        try await peer.closeOutput()
        #expect(await peer.receiveAll() == "")
        _ = await proxy.finish()
    }

    @Test func `a host that is not on the list is tunnelled blind, half-close and all`() async throws {
        let proxy = try await TestProxy(isSecure: false)
        let (client, answer) = try await proxy.tunnel("other.example:443")
        #expect(answer.hasPrefix("HTTP/1.1 200"))
        let provider = try await proxy.provider.accept()
        try await client.send("any bytes \u{0}\u{16}")
        #expect(await provider.receive(through: "\u{16}") == "any bytes \u{0}\u{16}")
        try await client.closeOutput()
        #expect(await provider.receiveAll() == "")
        try await provider.send("a late answer")
        await provider.close()
        #expect(await client.receiveAll() == "a late answer")
        #expect(await proxy.finish().coverage == Coverage())
    }

    @Test func `a blind tunnel whose client has gone does not hold up the end`() async throws {
        let proxy = try await TestProxy(isSecure: false)
        let (client, _) = try await proxy.tunnel("other.example:443")
        let provider = try await proxy.provider.accept()
        await client.close()
        // A server that does not answer the end with its own.
        #expect(await provider.receiveAll() == "")
        let duration = await ContinuousClock().measure { _ = await proxy.finish(graceSeconds: 60) }
        #expect(duration < .seconds(30))
    }

    @Test func `a reader that does not read stops the provider`() async throws {
        let proxy = try await TestProxy(isSecure: false)
        let (client, _) = try await proxy.tunnel("other.example:443")
        let provider = try await proxy.provider.accept()
        try await client.setReading(false)
        // More than all socket buffers on the way hold: what is written must not all be taken.
        let body = [UInt8](repeating: 7, count: 64 << 20)
        let isSent = Flag()
        let sending = Task {
            try await provider.send(body)
            isSent.set()
        }
        // The client's own request passes meanwhile: back-pressure holds one direction only.
        try await client.send("still here")
        #expect(await provider.receive(through: "still here") == "still here")
        #expect(!isSent.value)
        try await client.setReading(true)
        #expect(await client.receive(count: body.count) == body)
        try await sending.value
        _ = await proxy.finish()
    }

    @Test func `a provider that refuses gives a true 502`() async throws {
        let proxy = try await TestProxy { configuration, _ in
            configuration.connectTo = [("api.openai.com", 443, "127.0.0.1", 1)]
        }
        let (peer, head) = try await proxy.tunnel()
        #expect(head.hasPrefix("HTTP/1.1 502 "))
        #expect(await peer.receiveAll().contains("cannot connect to api.openai.com:443"))
        #expect(await proxy.finish().coverage == Coverage())
        #expect(proxy.recorder.unreachable.first?.contains("cannot connect to api.openai.com:443") ?? false)
    }

    @Test(arguments: [true, false])
    func `a provider that accepts and says nothing gives a 502`(isProxy: Bool) async throws {
        let proxy = try await TestProxy(isSecure: false) { configuration, provider in
            configuration.connectTimeoutSeconds = 1
            guard isProxy else { return }
            configuration.connectTo = []
            configuration.environment = ["HTTPS_PROXY": "http://127.0.0.1:\(provider.port)"]
        }
        let (client, head) = try await proxy.tunnel()
        #expect(head.hasPrefix("HTTP/1.1 502 "))
        #expect(await client.receiveAll().contains("no answer within 1 s"))
        let provider = try await proxy.provider.accept()
        #expect(await provider.receiveAll() != "")
        #expect(await proxy.finish().coverage == Coverage())
        #expect(proxy.recorder.unreachable.first?.contains("no answer within 1 s") ?? false)
    }

    @Test(arguments: [
        "CONNECT api.openai.com:443 HTTP/1.1", "CONNECT other.example:443 HTTP/1.1",
        "GET /\(TestProxy.token)/openai/ HTTP/1.1",
    ])
    func `a client that leaves while its provider says nothing takes the connection to it along`(
        line: String
    ) async throws {
        let proxy = try await TestProxy(isSecure: false) { configuration, provider in
            configuration.gatewayProviders = [GatewayProvider(name: "openai", upstream: "https://api.openai.com")]
            configuration.connectTo = []
            configuration.environment = ["ALL_PROXY": "http://127.0.0.1:\(provider.port)"]
        }
        let client = try await proxy.connect()
        try await client.send("\(line)\r\n\(TestProxy.authorization)\r\n")
        let provider = try await proxy.provider.accept()
        // The proxy is at work, and waits for an answer.
        #expect(await provider.receive(through: "\r\n\r\n").hasPrefix("CONNECT"))
        try await client.breakOff()
        #expect(await provider.receiveAll() == "")
        _ = await proxy.finish()
        #expect(proxy.recorder.unreachable.isEmpty)
    }

    @Test(arguments: [true, false])
    func `a certificate that we do not trust is for the client to judge, and is counted`(
        hasConnect: Bool
    ) async throws {
        let proxy = try await TestProxy(trusts: false)
        let client = hasConnect ? try await proxy.tunnel().peer : try await proxy.connect()
        try await client.startTLS(host: "api.openai.com", trusting: proxy.providerAuthority.certificatePEM)
        _ = try await proxy.provider.accept()
        let provider = try await proxy.provider.accept()
        try await client.send("end to end")
        #expect(await provider.receive(through: "end to end") == "end to end")
        #expect(await proxy.finish().coverage.bypassed == 1)
        let line = try #require(proxy.recorder.bypasses.first)
        #expect(line.contains("certificate not trusted (CERTIFICATE_VERIFY_FAILED)"))
        #expect(proxy.recorder.unreachable.isEmpty)
    }

    @Test func `a provider that speaks no TLS is tunnelled blind, with the client's first bytes`() async throws {
        let proxy = try await TestProxy(isSecure: false)
        let client = try await proxy.connect()
        let head = "CONNECT api.openai.com:443 HTTP/1.1\r\n\(TestProxy.authorization)\r\n"
        try await client.send(head + "GET / HTTP/1.1\r\n\r\n")
        // What came to the proxy's hello is no TLS.
        let first = try await proxy.provider.accept()
        _ = await first.receive(count: 1)
        try await first.send("HTTP/1.1 400 Bad Request\r\n\r\n")
        let second = try await proxy.provider.accept()
        #expect(await second.receive(through: "\r\n\r\n") == "GET / HTTP/1.1\r\n\r\n")
        try await second.send("HTTP/1.1 204 No Content\r\n\r\n")
        #expect(await client.receive(through: "Content\r\n\r\n").contains("204"))
        #expect(await proxy.finish().coverage.bypassed == 1)
        #expect(proxy.recorder.bypasses.first?.contains("does not speak TLS (WRONG_VERSION_NUMBER)") ?? false)
    }

    @Test(arguments: [true, false])
    func `a client that speaks only HTTP/2 is let through blind on its first try, and counted`(
        hasConnect: Bool
    ) async throws {
        let proxy = try await TestProxy()
        let client = hasConnect ? try await proxy.tunnel().peer : try await proxy.connect()
        try await client.startTLS(
            host: "api.openai.com", trusting: proxy.providerAuthority.certificatePEM, protocols: ["h2"])
        _ = try await proxy.provider.accept()
        let provider = try await proxy.provider.accept()
        try await client.send("PRI * HTTP/2.0")
        #expect(await provider.receive(through: "2.0") == "PRI * HTTP/2.0")
        #expect(await proxy.finish().coverage.bypassed == 1)
        #expect(proxy.recorder.bypasses.first?.contains("the client speaks only HTTP/2") ?? false)
    }

    @Test func `a client that can speak HTTP/1.1 as well comes down to it`() async throws {
        let proxy = try await TestProxy()
        let (client, _) = try await proxy.tunnel()
        try await client.startTLS(
            host: "api.openai.com", trusting: proxy.authority.certificatePEM, protocols: ["h2", "http/1.1"])
        await client.close()
        #expect(await proxy.finish().coverage == Coverage())
    }

    @Test func `a client that leaves its tunnel before it says anything takes the provider's end along`() async throws {
        let proxy = try await TestProxy()
        let (client, _) = try await proxy.tunnel()
        let provider = try await proxy.provider.accept()
        await client.close()
        #expect(await provider.receiveAll() == "")
        #expect(await proxy.finish().coverage == Coverage())
    }

    @Test func `what a client sends right behind its CONNECT is kept, however long`() async throws {
        let proxy = try await TestProxy()
        let client = try await proxy.connect()
        let head = "CONNECT api.openai.com:443 HTTP/1.1\r\n\(TestProxy.authorization)\r\n"
        try await client.send(Array(head.utf8) + Self.longHello())
        #expect(await client.receive(through: "\r\n\r\n").contains("200"))
        // The proxy's own hello: it has understood the whole of the client's.
        #expect(await client.receive(count: 1) == [0x16])
        await client.close()
        _ = await proxy.finish()
    }

    @Test func `what a client sends right behind its CONNECT to another host is kept as well`() async throws {
        let proxy = try await TestProxy(isSecure: false)
        let client = try await proxy.connect()
        let bytes = [UInt8](repeating: 7, count: 100_000)
        let head = "CONNECT other.example:443 HTTP/1.1\r\n\(TestProxy.authorization)\r\n"
        try await client.send(Array(head.utf8) + bytes)
        let provider = try await proxy.provider.accept()
        #expect(await provider.receive(count: bytes.count) == bytes)
        _ = await proxy.finish()
    }

    /// The hello of a client that offers many protocols: larger than what is read at once.
    private static func longHello() async throws -> [UInt8] {
        let server = try await RawServer()
        let client = try await RawPeer.connect(port: server.port)
        let protocols = ["http/1.1"] + (10..<60).map { String(repeating: "\($0)", count: 100) }
        let authority = try CertificateAuthority(commonName: "t", permittedDomains: [])
        let handshake = Task {
            try await client.startTLS(
                host: "api.openai.com", trusting: authority.certificatePEM, protocols: protocols)
        }
        let peer = try await server.accept()
        let header = await peer.receive(count: 5)
        let hello = await peer.receive(count: Int(header[3]) << 8 | Int(header[4]))
        await peer.close()
        await #expect(throws: (any Error).self) { try await handshake.value }
        return header + hello
    }

    @Test func `a dot behind the host's name is no part of it in TLS and on the allow-list`() async throws {
        let proxy = try await TestProxy()
        let (client, answer) = try await proxy.tunnel("api.openai.com.:443")
        #expect(answer.hasPrefix("HTTP/1.1 200"))
        let provider = try await proxy.provider.accept()
        try await client.startTLS(host: "api.openai.com", trusting: proxy.authority.certificatePEM)
        try await client.send(TestProxy.chat())
        _ = await provider.receive(through: "}]}")
        try await provider.send(TestProxy.answer())
        _ = await client.receive(through: "Hello")
        let (records, coverage) = await proxy.finish()
        #expect(coverage.recorded == 1 && coverage.bypassed == 0)
        #expect(records.first?["url"]?.string == "https://api.openai.com/v1/chat/completions")
    }

    @Test func `a variable that names no readable roots does not keep programs from their provider`() async throws {
        let proxy = try await TestProxy { configuration, _ in
            configuration.environment = ["SSL_CERT_FILE": "/nowhere/roots.pem"]
        }
        #expect(try await proxy.tunnel().answer.hasPrefix("HTTP/1.1 200"))
        _ = await proxy.finish()
    }

    @Test func `a client that does not trust us is let through blind on its next try, and named`() async throws {
        let proxy = try await TestProxy()
        let (first, _) = try await proxy.tunnel()
        await #expect(throws: (any Error).self) {
            try await first.startTLS(host: "api.openai.com", trusting: proxy.providerAuthority.certificatePEM)
        }
        while proxy.recorder.coverage.bypassed == 0 { await Task.yield() }
        let (second, _) = try await proxy.tunnel()
        try await second.startTLS(host: "api.openai.com", trusting: proxy.providerAuthority.certificatePEM)
        _ = try await proxy.provider.accept()
        let provider = try await proxy.provider.accept()
        try await second.send("hello")
        #expect(await provider.receive(through: "hello") == "hello")
        let coverage = await proxy.finish().coverage
        #expect(coverage.bypassed == 2)
        #expect(coverage.seen == 0)
        #expect(proxy.recorder.bypasses.first?.contains("does not trust") ?? false)
    }

    #if os(Linux)
        // Elsewhere the process is not known.
        @Test func `a client is known wherever on loopback it comes from`() async throws {
            let proxy = try await TestProxy()
            let client = try await RawPeer.connect(port: proxy.port, from: "127.0.0.2")
            try await client.startTLS(host: "api.openai.com", trusting: proxy.authority.certificatePEM)
            let provider = try await proxy.provider.accept()
            try await client.send(TestProxy.chat())
            _ = await provider.receive(through: "}]}")
            try await provider.send(TestProxy.answer())
            _ = await client.receive(through: "Hello")
            let (records, _) = await proxy.finish()
            #expect(records.first?["capture"]?["pid"]?.integer == Int64(getpid()))
        }

        @Test func `a handshake that a client which trusts us breaks off is called just that`() async throws {
            let proxy = try await TestProxy()
            let (trusting, provider) = try await proxy.intercepted()
            // What came through tells that the proxy has seen the end of the handshake.
            try await trusting.send(TestProxy.chat("A: b\r\n"))
            _ = await provider.receive(through: "A: b\r\n")
            let (cancelled, _) = try await proxy.tunnel()
            try await cancelled.send(try await Self.longHello())
            #expect(await cancelled.receive(count: 1) == [0x16])
            await cancelled.close()
            while proxy.recorder.coverage.bypassed == 0 { await Task.yield() }
            await trusting.close()
            _ = await proxy.finish()
            #expect(proxy.recorder.bypasses.first?.hasSuffix("the client broke off a TLS handshake") ?? false)
        }
    #endif

    @Test func `a provider that asks for a client's certificate is left to it from the next try on`() async throws {
        let proxy = try await TestProxy(asksForCertificate: true)
        let (first, _) = try await proxy.tunnel()
        // The provider's alert comes before our handshake with the client or after it.
        try? await first.startTLS(host: "api.openai.com", trusting: proxy.authority.certificatePEM)
        #expect(await first.receiveAll() == "")
        #expect(proxy.recorder.coverage.bypassed >= 1)
        let (second, _) = try await proxy.tunnel()
        try await second.startTLS(host: "api.openai.com", trusting: proxy.providerAuthority.certificatePEM)
        let coverage = await proxy.finish().coverage
        #expect(coverage.bypassed >= 2)
        #expect(proxy.recorder.bypasses.contains { $0.contains("CERTIFICATE_REQUIRED") })
    }

    @Test func `a tunnel to an allowed host that carries no TLS passes unread and is counted`() async throws {
        let proxy = try await TestProxy()
        let (client, _) = try await proxy.tunnel()
        _ = try await proxy.provider.accept()
        try await client.send("plain words")
        _ = try await proxy.provider.accept()
        await client.close()
        #expect(await proxy.finish().coverage.bypassed == 1)
    }

    @Test func `a TLS connection without CONNECT is led by its server name`() async throws {
        let proxy = try await TestProxy()
        let client = try await proxy.connect()
        try await client.startTLS(host: "api.openai.com", trusting: proxy.authority.certificatePEM)
        let provider = try await proxy.provider.accept()
        try await client.send(TestProxy.chat())
        _ = await provider.receive(through: "}]}")
        try await provider.send(TestProxy.answer())
        #expect(await client.receive(through: "Hello").contains("200 OK"))
        let (records, _) = await proxy.finish()
        #expect(records.first?["capture"]?["route"]?.string == "sni")
    }

    @Test func `a TLS connection for a host that is not on the list is closed: this way in has no token`() async throws
    {
        let proxy = try await TestProxy()
        let client = try await proxy.connect()
        await #expect(throws: (any Error).self) {
            try await client.startTLS(host: "other.example", trusting: proxy.authority.certificatePEM)
        }
        #expect(await proxy.finish().coverage == Coverage())
    }

    @Test func `a TLS connection without a server name is closed, counted and named`() async throws {
        let proxy = try await TestProxy()
        let client = try await proxy.connect()
        await #expect(throws: (any Error).self) {
            try await client.startTLS(host: nil, trusting: proxy.authority.certificatePEM)
        }
        #expect(await proxy.finish().coverage.bypassed == 1)
        #expect(proxy.recorder.bypasses.first?.hasPrefix("(no server name)") ?? false)
    }

    @Test func `the gateway leads to its provider with path and host changed and nothing else`() async throws {
        let proxy = try await TestProxy(isSecure: false) { configuration, provider in
            configuration.gatewayProviders = [
                GatewayProvider(name: "openai", upstream: "http://127.0.0.1:\(provider.port)/base/")
            ]
        }
        let client = try await proxy.connect()
        for _ in 0..<2 {
            let request = TestProxy.chat("X-Odd:  1\r\n").replacing(
                "POST /v1", with: "POST /\(TestProxy.token)/openai/v1")
            try await client.send(request)
        }
        let provider = try await proxy.provider.accept()
        let expected = TestProxy.chat("X-Odd:  1\r\n").replacing("POST /v1", with: "POST /base/v1")
            .replacing("Host: api.openai.com", with: "Host: 127.0.0.1:\(proxy.provider.port)")
        for _ in 0..<2 {
            #expect(await provider.receive(count: expected.utf8.count) == Array(expected.utf8))
            try await provider.send(TestProxy.answer())
            #expect(await client.receive(count: TestProxy.answer().utf8.count) == Array(TestProxy.answer().utf8))
        }
        // A kept connection that the provider has closed is opened anew for the next request.
        try await provider.closeOutput()
        _ = await provider.receiveAll()
        try await client.send(TestProxy.chat().replacing("POST /v1", with: "POST /\(TestProxy.token)/openai/v1"))
        let next = try await proxy.provider.accept()
        _ = await next.receive(through: "}]}")
        try await next.send(TestProxy.answer())
        _ = await client.receive(through: "Hello")
        let (records, coverage) = await proxy.finish()
        #expect(coverage.recorded == 3)
        #expect(records.allSatisfy { $0["capture"]?["route"]?.string == "gateway" })
        #if os(Linux)
            #expect(records.allSatisfy { $0["capture"]?["pid"]?.integer == Int64(getpid()) })
        #endif
    }

    @Test func `a plain forward request goes on in origin form, without the proxy's own fields`() async throws {
        let proxy = try await TestProxy(isSecure: false)
        let client = try await proxy.connect()
        let body = #"{"model":"m","messages":[]}"#
        let rest = "Host: plain.example\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        try await client.send(
            "POST http://plain.example/v1/chat/completions?a=b HTTP/1.1\r\n\(TestProxy.authorization)Proxy-Connection: keep-alive\r\n\(rest)"
        )
        let provider = try await proxy.provider.accept()
        let expected = "POST /v1/chat/completions?a=b HTTP/1.1\r\n\(rest)"
        #expect(await provider.receive(count: expected.utf8.count) == Array(expected.utf8))
        try await provider.send(TestProxy.answer())
        _ = await client.receive(through: "Hello")
        // Another host on the same connection, one that is not recorded; its tag is its own business.
        try await client.send(
            "GET http://other.example/ HTTP/1.1\r\nX-Trainloop-Tag: t\r\n\(TestProxy.authorization)\r\n")
        let other = try await proxy.provider.accept()
        let passed = await other.receive(through: "\r\n\r\n")
        #expect(passed == "GET / HTTP/1.1\r\nX-Trainloop-Tag: t\r\n\r\n")
        try await other.send("HTTP/1.1 204 No Content\r\n\r\n")
        _ = await client.receive(through: "\r\n\r\n")
        let (records, coverage) = await proxy.finish()
        #expect(coverage.seen == 1 && coverage.recorded == 1)
        #expect(records.first?["url"]?.string == "http://plain.example/v1/chat/completions?a=b")
    }

    @Test(arguments: [
        ("HTTP/1.1", "Connection: close\r\n", "HTTP/1.1"), ("HTTP/1.0", "", "HTTP/1.1"), ("HTTP/1.1", "", "HTTP/1.0"),
    ])
    func `a provider that closes as it was asked to closes the client's connection`(
        requestVersion: String, fields: String, responseVersion: String
    ) async throws {
        let proxy = try await TestProxy(isSecure: false)
        let client = try await proxy.connect()
        try await client.send("GET http://plain.example/ \(requestVersion)\r\n\(TestProxy.authorization)\(fields)\r\n")
        let provider = try await proxy.provider.accept()
        _ = await provider.receive(through: "\r\n\r\n")
        let answer = "\(responseVersion) 200 OK\r\nContent-Length: 2\r\n\r\nok"
        try await provider.send(answer)
        await provider.close()
        #expect(await client.receiveAll() == answer)
        _ = await proxy.finish()
    }

    @Test func `what is sent behind an upgrade before and after its answer passes`() async throws {
        let proxy = try await TestProxy(isSecure: false)
        let client = try await proxy.connect()
        let fields = "\(TestProxy.authorization)Upgrade: x\r\nConnection: Upgrade\r\n\r\n"
        try await client.send("GET http://plain.example/ HTTP/1.1\r\n\(fields)first")
        let provider = try await proxy.provider.accept()
        _ = await provider.receive(through: "\r\n\r\n")
        try await provider.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n")
        _ = await client.receive(through: "\r\n\r\n")
        for word in ["first", "second", "third"] {
            if word != "first" { try await client.send(word) }
            #expect(await provider.receive(count: word.utf8.count) == Array(word.utf8))
        }
        _ = await proxy.finish()
    }

    @Test func `an unreachable provider is a 502 and a record of status error`() async throws {
        let proxy = try await TestProxy(isSecure: false) { configuration, _ in
            configuration.connectTo = [("plain.example", 80, "127.0.0.1", 1)]
        }
        let client = try await proxy.connect()
        try await client.send("GET http://plain.example/v1/models HTTP/1.1\r\n\(TestProxy.authorization)\r\n")
        #expect(await client.receiveAll().hasPrefix("HTTP/1.1 502 Bad Gateway"))
        let (records, _) = await proxy.finish()
        #expect(records.first?["status"]?.string == "error")
        #expect(records.first?["error"]?["source"]?.string == "network")
        #expect(records.first?["error"]?["type"]?.string == "connection_refused")
    }

    @Test func `the user's own proxy is asked for a tunnel, unless NO_PROXY names the host`() async throws {
        for noProxy in ["", "unrelated.example, .openai.com:443"] {
            let ownProxy = try await RawServer()
            let proxy = try await TestProxy { configuration, _ in
                configuration.environment = [
                    "HTTPS_PROXY": "http://us%65r:pass@127.0.0.1:\(ownProxy.port)", "NO_PROXY": noProxy,
                ]
                if noProxy.isEmpty { configuration.connectTo = [] }
            }
            guard noProxy.isEmpty else {
                // --connect-to leads to loopback, for which no proxy is used either.
                #expect(try await proxy.tunnel().answer.hasPrefix("HTTP/1.1 200"))
                _ = await proxy.finish()
                continue
            }
            let client = try await proxy.connect()
            try await client.send("CONNECT api.openai.com:443 HTTP/1.1\r\n\(TestProxy.authorization)\r\n")
            let asked = try await ownProxy.accept()
            let request = await asked.receive(through: "\r\n\r\n")
            #expect(request.hasPrefix("CONNECT api.openai.com:443 HTTP/1.1\r\n"))
            #expect(request.contains("Proxy-Authorization: Basic dXNlcjpwYXNz\r\n"))
            try await asked.send("HTTP/1.1 403 Forbidden\r\n\r\n")
            #expect(await client.receiveAll().contains("gives no tunnel to api.openai.com:443: it answered 403"))
            _ = await proxy.finish()
        }
    }

    @Test func `what a host says at once behind the user's own proxy reaches the client`() async throws {
        let ownProxy = try await RawServer()
        let proxy = try await TestProxy { configuration, _ in
            configuration.connectTo = []
            configuration.environment = ["HTTPS_PROXY": "http://127.0.0.1:\(ownProxy.port)"]
        }
        let client = try await proxy.connect()
        try await client.send("CONNECT mail.example:25 HTTP/1.1\r\n\(TestProxy.authorization)\r\n")
        let host = try await ownProxy.accept()
        _ = await host.receive(through: "\r\n\r\n")
        try await host.send("HTTP/1.1 200 OK\r\n\r\n220 mail.example\r\n")
        #expect(await client.receive(through: "220 mail.example\r\n").hasSuffix("\r\n\r\n220 mail.example\r\n"))
        try await client.send("QUIT\r\n")
        #expect(await host.receive(through: "\r\n") == "QUIT\r\n")
        _ = await proxy.finish()
    }

    @Test(arguments: [
        ("http://plain.example", "http://plain.example"),
        ("/\(TestProxy.token)/internal", "http://llm.internal.example:8080/base"),
    ])
    func `a plain request goes to the user's own proxy whole, with its credentials and not ours`(
        asked: String, passed: String
    ) async throws {
        let ownProxy = try await RawServer()
        let proxy = try await TestProxy { configuration, _ in
            configuration.connectTo = []
            configuration.environment = ["HTTP_PROXY": "http://us%65r:pass@127.0.0.1:\(ownProxy.port)"]
            configuration.gatewayProviders = [
                GatewayProvider(name: "internal", upstream: "http://llm.internal.example:8080/base")
            ]
        }
        let client = try await proxy.connect()
        for _ in 0..<2 {
            try await client.send("GET \(asked)/v1/models?a=b HTTP/1.1\r\n\(TestProxy.authorization)A: b\r\n\r\n")
        }
        let peer = try await ownProxy.accept()
        for _ in 0..<2 {
            #expect(
                await peer.receive(through: "\r\n\r\n")
                    == "GET \(passed)/v1/models?a=b HTTP/1.1\r\nProxy-Authorization: Basic dXNlcjpwYXNz\r\nA: b\r\n\r\n"
            )
            try await peer.send(TestProxy.answer())
            _ = await client.receive(through: "Hello")
        }
        let (records, _) = await proxy.finish()
        #expect(records.count == 2)
        #expect(records.allSatisfy { $0["url"]?.string == "\(passed)/v1/models?a=b" })
    }

    @Test func `what cannot be is refused at the start`() async throws {
        for change in [
            { (configuration: inout ProxyConfiguration) in configuration.host = "0.0.0.0" },
            { $0.environment = ["HTTPS_PROXY": "socks5://127.0.0.1:1"] },
            { $0.environment = ["HTTPS_PROXY": "http://127.0.0.1:notaport"] },
            {
                $0.port = 4141
                $0.environment = ["HTTPS_PROXY": "http://127.0.0.1:4141"]
            },
            { $0.gatewayProviders = [GatewayProvider(name: "x", upstream: "ftp://x")] },
        ] {
            let error = await #expect(throws: ProxyError.self) {
                _ = try await TestProxy { configuration, _ in change(&configuration) }
            }
            #expect(error?.code == .badConfiguration)
        }
    }
}
