// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Foundation
import Testing
import TrainLoopCommands
import TrainLoopCore

@Suite(.serialized) struct NodeHookTests {
    @Test func `a path with odd characters stays one word of node's options`() {
        #expect(NodeHook.options(loading: "/a b/\"c\\d.cjs", inherited: nil) == #"--require "/a b/\"c\\d.cjs""#)
        #expect(NodeHook.options(loading: "/a", inherited: "") == "--require \"/a\"")
        #expect(NodeHook.options(loading: "/a", inherited: "-r x") == "-r x --require \"/a\"")
    }

    @Test func `the module is short, and names hosts and port`() {
        let hosts = ["api.openai.com", "*.openai.azure.com", "a-*.b.c:443", "d.e:8443"].compactMap { HostPattern($0) }
        let source = NodeHook.source(hosts: hosts, port: 4321)
        #expect(source.contains(#"/^(?:api\.openai\.com|(?:[^.]+\.)+openai\.azure\.com|a-[^.]+\.b\.c)$/i"#))
        #expect(source.contains("port: 4321"))
        #expect(source.split(separator: "\n").count <= 40)
    }

    /// Connections are made to a port where nothing listens; the error names the port that was tried.
    @Test func `node is led for recorded hosts, and left alone for all else`() async throws {
        guard let node = Programs.find("node") else { try Test.cancel("SKIP node is not installed") }
        let scratch = try ScratchFolder()
        let hook = scratch.url.appending(path: "the hook.cjs")
        let hosts = ["api.openai.com", "*.azure.invalid"].compactMap { HostPattern($0) }
        try NodeHook.source(hosts: hosts, port: 1).write(to: hook, atomically: true, encoding: .utf8)
        let program = """
            import * as tls from 'node:tls';
            const attempt = (...args) => new Promise((done) => {
              try {
                tls.connect(...args).on('error', (error) => done(error.port === 1 ? 'led' : 'left'));
              } catch (error) { done('threw'); }
            });
            const lookup = (name, options, done) => done(new Error('asked for ' + name));
            const base = { host: 'api.openai.com', port: 443, lookup };
            console.log([
              await attempt(base),
              await attempt({ ...base, port: '443', ALPNProtocols: ['h2', 'http/1.1'], servername: 'api.openai.com' }),
              await attempt(443, 'API.OpenAI.com', { lookup }),
              await attempt({ ...base, host: 'a.b.azure.invalid' }, () => {}),
              await attempt({ ...base, host: 'azure.invalid' }),
              await attempt({ ...base, host: 'api.openai.com.invalid' }),
              await attempt({ ...base, port: 8443 }),
              await attempt({ ...base, ALPNProtocols: ['h2'] }),
              await attempt({ ...base, servername: 'other.invalid' }),
              await attempt({ ...base, path: '/nowhere/socket' }),
              await attempt(undefined),
            ].join(' '));
            """
        let script = scratch.url.appending(path: "program.mjs")
        try program.write(to: script, atomically: true, encoding: .utf8)
        let outcome = try await Programs.run(
            [node, script.path],
            environment: ["NODE_OPTIONS": NodeHook.options(loading: hook.path, inherited: nil)])
        #expect(outcome.output == "led led led led left left left left left left threw\n", "\(outcome.errors)")
    }
}
