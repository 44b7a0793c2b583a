// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import ArgumentParser
import BenchmarkSupport
import NIOCore
import NIOPosix

/// A closed loop of requests: each connection sends the next when the answer to the last is whole.
@main
struct Load: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load", abstract: "Load one way to the upstream; prints one line of JSON.")

    @OptionGroup var wayOptions: WayOptions

    @Option(help: "What to ask for: tiny, chat, big, or sse with events and milliseconds, as 'sse 20 5'.")
    var wish = "tiny"

    @Option(help: "Connections at a time.")
    var connections = 1

    @Option(help: "Stop after that many requests have been measured; 0 for none.")
    var requests = 0

    @Option(help: "Stop after that many seconds of measuring.")
    var seconds = 3.0

    @Option(help: "Requests of each connection that are not measured.")
    var warmUp = 20

    @Flag(help: "Make a new connection for every request.")
    var newConnections = false

    @Flag(help: "Open the streams, print READY when each has its first event, and hold them until stdin ends.")
    var hold = false

    func run() async throws {
        let way = try wayOptions.way()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let request = way.request(wish: wish)
        if hold {
            try await HeldStreams(way: way, request: request, group: group).hold(connections)
        } else {
            let run = LoadRun(
                way: way, request: request, loop: group.next(),
                plan: .init(
                    connections: connections, requests: requests > 0 ? requests : .max,
                    nanoseconds: UInt64(seconds * 1e9), warmUp: warmUp, makesNewConnections: newConnections))
            print(try await run.run().report.line)
        }
        try await group.shutdownGracefully()
    }
}
