// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// What of a request tells which API it speaks to.
struct RequestLine: Sendable {
    let method: [UInt8]
    let host: [UInt8]
    let port: UInt16
    /// The path without query and without slashes at its end.
    let path: [UInt8]

    init(_ head: RequestHead) {
        method = head.method
        host = head.host
        port = head.port
        var path = head.target
        if let query = path.firstIndex(of: UInt8(ascii: "?")) { path.removeSubrange(query...) }
        while path.count > 1, path.last == UInt8(ascii: "/") { path.removeLast() }
        self.path = path
    }

    var isPost: Bool { ASCII.isEqual(method, "POST") }

    /// True for a POST to a path that ends so; gateways put anything before it.
    func isPost(toPathEndingIn suffix: StaticString) -> Bool {
        isPost && ASCII.hasSuffix(path, suffix)
    }

    /// The deployment in `/openai/deployments/NAME/...`, which names the model where the body does not.
    var deployment: [UInt8]? {
        guard let range = ASCII.firstRange(of: "/deployments/", in: path) else { return nil }
        let name = Array(path[range.upperBound...].prefix { $0 != UInt8(ascii: "/") })
        return name.isEmpty ? nil : name
    }
}
