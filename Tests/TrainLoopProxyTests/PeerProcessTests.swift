// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

// Elsewhere the process is not known.
#if os(Linux)
    import CTrainLoopSystem
    import Glibc
    import NIOCore
    import NIOPosix
    import Testing

    @Suite struct PeerProcessTests {
        @Test func `a socket that a child has inherited is its parent's, whichever is looked at first`() throws {
            let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(socket) }
            var status = stat()
            #expect(fstat(socket, &status) == 0)

            var pipe: [Int32] = [0, 0]
            #expect(Glibc.pipe(&pipe) == 0)
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            posix_spawn_file_actions_adddup2(&actions, pipe[0], STDIN_FILENO)
            defer { posix_spawn_file_actions_destroy(&actions) }
            let name = strdup("cat")
            defer { free(name) }
            var arguments = [name, nil]
            var child: pid_t = 0
            #expect(posix_spawnp(&child, "cat", &actions, nil, &arguments, environ) == 0)
            defer {
                kill(child, SIGKILL)
                waitpid(child, nil, 0)
                close(pipe[0])
                close(pipe[1])
            }
            for hint in [0, getpid(), child] {
                #expect(trainloop_socket_process(UInt64(status.st_ino), hint) == getpid())
            }
            #expect(trainloop_socket_process(0, child) == 0)
        }

        @Test func `a socket that listens at a client's port is not the client's`() throws {
            let listener = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(listener) }
            #expect(listen(listener, 1) == 0)
            var own = sockaddr_in()
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let result = withUnsafeMutableBytes(of: &own) { bytes in
                getsockname(listener, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), &size)
            }
            #expect(result == 0)
            own.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
            var server = own
            server.sin_port = 1
            var inode: UInt64 = 0
            var user: UInt32 = 0
            #expect(trainloop_peer_socket(&own, &server, &inode, &user) == 0)
        }

        /// The machine's own addresses; not every machine has IPv6.
        static let loopback = (try? System.enumerateDevices())?.compactMap(\.address?.ipAddress)
            .filter { ["127.0.0.1", "::1"].contains($0) }

        @Test(arguments: loopback ?? [])
        func `the list of sockets tells of a connection what the kernel answers`(_ address: String) async throws {
            let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .bind(host: address, port: 0).get()
            let client = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connect(to: #require(listener.localAddress)).get()
            let own = try #require(client.localAddress)
            expectSameAnswers(own, try #require(listener.localAddress))
            let isMissing = own.withSockAddr { own, _ in
                var inode: UInt64 = 0
                var user: UInt32 = 0
                return trainloop_listed_socket(own, own, &inode, &user) == 0
            }
            #expect(isMissing)
            try await client.close()
            try await listener.close()
        }

        @Test(.enabled(if: loopback?.contains("::1") ?? false))
        func `a client that speaks IPv4 by a socket of IPv6 is found as well`() async throws {
            let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .bind(host: "127.0.0.1", port: 0).get()
            let server = try #require(listener.localAddress)
            let mapped = try SocketAddress(ipAddress: "::ffff:127.0.0.1", port: #require(server.port))
            let client = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connect(to: mapped).get()
            // As the server sees it.
            let port = try #require(client.localAddress?.port)
            expectSameAnswers(try SocketAddress(ipAddress: "127.0.0.1", port: port), server)
            try await client.close()
            try await listener.close()
        }

        /// Whether kernel and list tell the same of a connection, and that it is ours.
        private func expectSameAnswers(_ client: SocketAddress, _ server: SocketAddress) {
            let answers = server.withSockAddr { server, _ in
                client.withSockAddr { client, _ in
                    [trainloop_peer_socket, trainloop_listed_socket].map { look in
                        var inode: UInt64 = 0
                        var user: UInt32 = .max
                        #expect(look(client, server, &inode, &user) == 1)
                        return [inode, UInt64(user)]
                    }
                }
            }
            #expect(answers[0] == answers[1])
            #expect(answers[0][1] == UInt64(trainloop_user()))
        }
    }
#endif
