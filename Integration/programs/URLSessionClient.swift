// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

// URLSession: posts each file that it is given, and prints the reply.
import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

let variables = ProcessInfo.processInfo.environment
for file in CommandLine.arguments.dropFirst() {
    guard let url = URL(string: variables["TRAINLOOP_TEST_URL"] ?? "") else { exit(64) }
    var request = URLRequest(url: url)
    request.httpMethod = "POST"
    request.setValue("Bearer \(variables["TRAINLOOP_TEST_KEY"] ?? "")", forHTTPHeaderField: "Authorization")
    request.setValue("application/json", forHTTPHeaderField: "Content-Type")
    request.httpBody = try Data(contentsOf: URL(filePath: file))
    let (data, response) = try await URLSession.shared.data(for: request)
    print("REPLY \((response as? HTTPURLResponse)?.statusCode ?? 0)\n\(String(decoding: data, as: UTF8.self))\nEND")
}
