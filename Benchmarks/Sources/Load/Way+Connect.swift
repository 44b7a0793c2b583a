// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import NIOCore
import NIOPosix
import NIOSSL

extension Way {
    /// Connects, with `handler` at the end of the pipeline.
    func connect(
        on loop: any EventLoop, handler: @escaping @Sendable () -> some ChannelInboundHandler
    ) -> EventLoopFuture<any Channel> {
        ClientBootstrap(group: loop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls {
                        if let connect {
                            try pipeline.addHandler(ConnectHandler(request: connect, tls: tls, serverName: serverName))
                        } else {
                            try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: serverName))
                        }
                    }
                    try pipeline.addHandler(handler())
                }
            }
            .connect(host: "127.0.0.1", port: port)
    }
}
