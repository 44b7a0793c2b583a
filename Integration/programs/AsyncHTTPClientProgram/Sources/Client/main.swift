// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

// AsyncHTTPClient: posts each file that it is given, and prints the reply.
import AsyncHTTPClient
import Foundation
import NIOCore

let variables = ProcessInfo.processInfo.environment
for file in CommandLine.arguments.dropFirst() {
    var request = HTTPClientRequest(url: variables["TRAINLOOP_TEST_URL"] ?? "")
    request.method = .POST
    request.headers.add(name: "Authorization", value: "Bearer \(variables["TRAINLOOP_TEST_KEY"] ?? "")")
    request.headers.add(name: "Content-Type", value: "application/json")
    request.body = .bytes(ByteBuffer(bytes: try Data(contentsOf: URL(filePath: file))))
    let reply = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
    let body = try await reply.body.collect(upTo: 64 << 20)
    print("REPLY \(reply.status.code)\n\(String(buffer: body))\nEND")
}
