// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import ArgumentParser
import NIOCore
import NIOSSL

/// Which way the requests go.
struct WayOptions: ParsableArguments {
    @Option(help: "direct (TLS), connect (a CONNECT proxy, then TLS) or plain (HTTP to a reverse proxy).")
    var mode = "direct"

    @Option(help: "The port on 127.0.0.1 to connect to.")
    var port: Int

    @Option(help: "The name of the provider, for TLS and CONNECT.")
    var serverName = "api.openai.com"

    @Option(help: "PEM file with the roots to trust.")
    var ca: String?

    @Option(help: "What stands in Proxy-Authorization after Basic, as base64.")
    var proxyCredentials: String?

    @Option(help: "The path of the request.")
    var path = "/v1/chat/completions"

    func way() throws -> Way {
        var tls: NIOSSLContext?
        if mode != "plain" {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.applicationProtocols = ["http/1.1"]
            if let ca { configuration.trustRoots = .file(ca) }
            tls = try NIOSSLContext(configuration: configuration)
        }
        var connect: ByteBuffer?
        if mode == "connect" {
            let credentials = proxyCredentials.map { "Proxy-Authorization: Basic \($0)\r\n" } ?? ""
            connect = ByteBuffer(
                string: "CONNECT \(serverName):443 HTTP/1.1\r\nHost: \(serverName):443\r\n\(credentials)\r\n")
        }
        return Way(port: port, serverName: serverName, path: path, tls: tls, connect: connect)
    }
}

/// How a connection to the upstream is made, and what a request looks like on it.
struct Way: Sendable {
    var port: Int
    var serverName: String
    var path: String
    var tls: NIOSSLContext?
    /// What to send to a proxy first.
    var connect: ByteBuffer?

    func request(wish: String) -> ByteBuffer {
        let body =
            #"{"model":"gpt-4o-mini","messages":[{"role":"system","content":"Answer in one sentence."},"#
            + #"{"role":"user","content":"Who crossed the river?"}],"stream":\#(wish.hasPrefix("sse"))}"#
        return ByteBuffer(
            string: "POST \(path) HTTP/1.1\r\nHost: \(serverName)\r\nAccept: application/json\r\n"
                + "Content-Type: application/json\r\nUser-Agent: OpenAI/Python 1.97.0\r\n"
                + "Authorization: Bearer sk-bench\r\nX-Bench: \(wish)\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
                + body)
    }
}
