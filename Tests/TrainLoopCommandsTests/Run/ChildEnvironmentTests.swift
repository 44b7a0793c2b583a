// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Foundation
import Testing
import TrainLoopCommands
import TrainLoopCore

@Suite struct ChildEnvironmentTests {
    private let scratch: ScratchFolder

    init() throws {
        scratch = try ScratchFolder()
    }

    private func environment(
        _ inherited: [String: String], token: String? = "secret", hosts: [String] = ["api.openai.com"],
        _ change: (inout ChildEnvironment.Request) -> Void = { _ in }
    ) throws -> ChildEnvironment {
        var request = ChildEnvironment.Request(
            inherited: inherited, folder: scratch.url.path, port: 4000, token: token, authorityPEM: "OUR AUTHORITY\n",
            hosts: hosts.compactMap { HostPattern($0) })
        change(&request)
        return try ChildEnvironment(request)
    }

    private func content(_ environment: ChildEnvironment, _ variable: String) throws -> String {
        try String(contentsOfFile: #require(environment.changes[variable]), encoding: .utf8)
    }

    private func file(_ name: String, _ content: String) throws -> String {
        let url = scratch.url.appending(path: name)
        try content.write(to: url, atomically: true, encoding: .utf8)
        return url.path
    }

    @Test func `all four proxy variables lead to us, with the token, and no other is touched`() throws {
        let changes = try environment(["HTTPS_PROXY": "http://corporate:3128", "ALL_PROXY": "socks5://a"]).changes
        for name in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"] {
            #expect(changes[name] == "http://trainloop:secret@127.0.0.1:4000")
        }
        #expect(changes["ALL_PROXY"] == nil)
        #expect(changes["LD_PRELOAD"] == nil)
        #expect(changes["JAVA_TOOL_OPTIONS"] == nil)
        #expect(changes["OPENAI_BASE_URL"] == nil)
        #expect(changes["TRAINLOOP_DATA_FOLDER"] == nil)
        #expect(try environment([:], token: nil).changes["HTTPS_PROXY"] == "http://127.0.0.1:4000")
    }

    @Test func `exceptions from the proxy are kept, and this machine is added to them`() throws {
        let changes = try environment(["NO_PROXY": "intranet,.corp.example"]).changes
        #expect(changes["NO_PROXY"] == "intranet,.corp.example,localhost,127.0.0.1,::1")
        #expect(changes["no_proxy"] == changes["NO_PROXY"])
        #expect(try environment([:]).changes["NO_PROXY"] == "localhost,127.0.0.1,::1")
    }

    @Test(arguments: ["api.openai.com", "openai.com", ".openai.com", "*.openai.com", "*", "x, OpenAI.com"])
    func `an exception that covers a recorded host is told`(_ exception: String) throws {
        let notices = try environment(["no_proxy": exception]).notices
        #expect(notices.contains { $0.contains("NO_PROXY") && $0.contains("api.openai.com") }, "\(notices)")
    }

    @Test func `a port of a recorded host does not hide it from the exceptions`() throws {
        let notices = try environment(["no_proxy": "internal.test"], hosts: ["llm.internal.test:8443"]).notices
        #expect(notices.contains { $0.contains("NO_PROXY keeps llm.internal.test:8443") }, "\(notices)")
    }

    @Test(arguments: ["127.0.0.1:18080", "localhost", "[::1]:80"])
    func `a host of this machine that the user has listed is told, unless the gateway leads to it`(
        _ host: String
    ) throws {
        #expect(try environment([:], hosts: [host]).notices.contains { $0.hasPrefix("\(host) is this machine") })
        let led = try environment([:], hosts: [host]) {
            $0.gatewayVariables = ["OPENAI_BASE_URL": "http://127.0.0.1:1/"]
        }
        #expect(!led.notices.contains { $0.contains("this machine") })
    }

    @Test func `the built-in list's hosts of this machine are nobody's to be told of`() throws {
        #expect(!(try environment([:], hosts: DefaultHosts.patterns).notices.contains { $0.contains("this machine") }))
    }

    @Test func `what the program reads, another user's program can read; what may be the user's secret, it cannot`()
        throws
    {
        let password = try file(".wgetrc", "password = x\n")
        let changes = try environment(["WGETRC": password]) { $0.includesJava = true }.changes
        func mode(_ path: String) throws -> Int {
            try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
        }
        let store = "\(scratch.url.path)/trust.jks"
        let hook = "\(scratch.url.path)/node-hook.cjs"
        for path in try [#require(changes["SSL_CERT_FILE"]), store, hook, "\(scratch.url.path)/php/trainloop.ini"] {
            #expect(try mode(path) == 0o644, "\(path)")
        }
        #expect(try mode(#require(changes["WGETRC"])) == 0o600)
        let none = try environment(["HOME": "/nowhere"]).changes
        #expect(try mode(#require(none["WGETRC"])) == 0o644)
    }

    @Test(arguments: ["penai.com", "localhost", "api.openai.com.example", ""])
    func `an exception that covers no recorded host is not told`(_ exception: String) throws {
        #expect(try environment(["NO_PROXY": exception], hosts: ["api.openai.com", "localhost:11434"]).notices == [])
    }

    @Test func `what was trusted stays trusted, for each client by its own variable`() throws {
        let changed = try environment([
            "SSL_CERT_FILE": file("a.pem", "CORPORATE A"), "REQUESTS_CA_BUNDLE": file("b.pem", "CORPORATE B\n"),
            "NODE_EXTRA_CA_CERTS": file("c.pem", "CORPORATE C\n"),
        ])
        #expect(try content(changed, "SSL_CERT_FILE") == "CORPORATE A\nOUR AUTHORITY\n")
        #expect(try content(changed, "CURL_CA_BUNDLE") == "CORPORATE A\nOUR AUTHORITY\n")
        #expect(try content(changed, "REQUESTS_CA_BUNDLE") == "CORPORATE B\nOUR AUTHORITY\n")
        #expect(try content(changed, "NODE_EXTRA_CA_CERTS") == "CORPORATE C\nOUR AUTHORITY\n")
        #expect(try content(changed, "DENO_CERT") == "OUR AUTHORITY\n")
    }

    @Test func `a folder of certificates becomes a bundle of them`() throws {
        let folder = scratch.url.appending(path: "roots")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        _ = try file("roots/a.crt", "-----BEGIN A")
        _ = try file("roots/b.crt", "-----BEGIN B")
        _ = try file("roots/README", "no certificate")
        let changed = try environment(["REQUESTS_CA_BUNDLE": folder.path])
        #expect(try content(changed, "REQUESTS_CA_BUNDLE") == "-----BEGIN A\n-----BEGIN B\nOUR AUTHORITY\n")
    }

    @Test func `a bundle that is named and not there is told, and the system's stands in`() throws {
        let changed = try environment(["SSL_CERT_FILE": "/nowhere/ca.pem"])
        #expect(changed.notices.contains { $0.contains("SSL_CERT_FILE names /nowhere/ca.pem") })
        #expect(try content(changed, "SSL_CERT_FILE").hasSuffix("OUR AUTHORITY\n"))
    }

    @Test func `settings files of wget and PHP add to the user's own`() throws {
        let changed = try environment([
            "WGETRC": file("wgetrc.own", "tries = 3"), "PHP_INI_SCAN_DIR": "/etc/php",
        ])
        let wget = try content(changed, "WGETRC")
        #expect(wget.hasPrefix("tries = 3\nca_certificate = "))
        let folder = try #require(changed.changes["PHP_INI_SCAN_DIR"])
        #expect(folder == "/etc/php:\(scratch.url.path)/php")
        let settings = try String(contentsOfFile: "\(scratch.url.path)/php/trainloop.ini", encoding: .utf8)
        #expect(settings.contains("curl.cainfo = \"\(scratch.url.path)/"))
    }

    @Test func `options for node are added to those that are there`() throws {
        let changes = try environment(["NODE_OPTIONS": "--max-old-space-size=64"]).changes
        #expect(
            changes["NODE_OPTIONS"] == "--max-old-space-size=64 --require \"\(scratch.url.path)/node-hook.cjs\"")
        #expect(changes["NODE_USE_ENV_PROXY"] == "1")
    }

    @Test func `the preload library comes after those that are there, and is told what to do`() throws {
        let changed = try environment(["LD_PRELOAD": "/a.so"], hosts: ["api.openai.com", "*.azure.com"]) {
            $0.injectedLibrary = "/lib/ours.so"
        }
        #expect(changed.changes["LD_PRELOAD"] == "/a.so:/lib/ours.so")
        #expect(changed.changes["TRAINLOOP_INJECT_PORT"] == "4000")
        #expect(changed.changes["TRAINLOOP_INJECT_HOSTS"] == "api.openai.com,*.azure.com")
        #expect(try content(changed, "TRAINLOOP_INJECT_BUNDLE").hasSuffix("OUR AUTHORITY\n"))
    }

    @Test func `a program can tell that it is being recorded`() throws {
        #expect(try environment([:]).changes["TRAINLOOP_RUN"] == "1")
    }
}
