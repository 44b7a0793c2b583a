// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import ArgumentParser
import BenchmarkSupport
import NIOCore
import NIOPosix
import NIOSSL

/// A provider that costs as little as possible: HTTP/1.1, with TLS or without, and answers that lie ready.
@main
struct Upstream: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "upstream",
        abstract: "Serve answers that lie ready, chosen by the X-Bench field; prints the port.")

    @Option(help: "PEM file of the certificate chain; without one it speaks plain HTTP.")
    var certificate: String?

    @Option(help: "PEM file of the private key.")
    var key: String?

    @Option(help: "The port on 127.0.0.1; 0 lets the system choose.")
    var port = 0

    func run() async throws {
        let context = try tlsContext()
        let answers = Answers()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let server = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let context { try pipeline.addHandler(NIOSSLServerHandler(context: context)) }
                    try pipeline.addHandler(AnswerHandler(answers: answers))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        say("PORT \(server.localAddress?.port ?? 0)")
        try await server.closeFuture.get()
    }

    private func tlsContext() throws -> NIOSSLContext? {
        guard let certificate, let key else { return nil }
        let chain = try NIOSSLCertificate.fromPEMFile(certificate).map { NIOSSLCertificateSource.certificate($0) }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain, privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
        configuration.applicationProtocols = ["http/1.1"]
        return try NIOSSLContext(configuration: configuration)
    }
}
