// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// What of a request tells which API it speaks to.
struct RequestLine: Sendable {
    let method: [UInt8]
    let host: [UInt8]
    let port: UInt16
    /// The path without query and without slashes at its end.
    let path: [UInt8]
    let isPost: Bool

    init(_ head: RequestHead) {
        method = head.method
        host = head.host
        port = head.port
        var path = head.target
        if let query = path.firstIndex(of: UInt8(ascii: "?")) { path.removeSubrange(query...) }
        while path.count > 1, path.last == UInt8(ascii: "/") { path.removeLast() }
        self.path = path
        isPost = ASCII.isEqual(method, "POST")
    }

    /// True for a POST to a path that ends so; gateways put anything before it.
    func isPost(toPathEndingIn suffix: StaticString) -> Bool {
        isPost && ASCII.hasSuffix(path, suffix)
    }

    /// True for a POST to a path that holds this anywhere.
    func isPost(toPathWith part: StaticString) -> Bool {
        isPost && ASCII.firstRange(of: part, in: path) != nil
    }

    /// The deployment in `/openai/deployments/NAME/...`, which names the model where the body does not.
    var deployment: [UInt8]? { segment(after: "/deployments/") }

    /// The model that the path names, percent escapes undone: `/deployments/NAME/...` (Azure), `/NAME:verb` (Google),
    /// `/model/NAME/verb` (Bedrock), `/models/OWNER/NAME` and `/pipeline/TASK/OWNER/NAME` (Hugging Face), `/ai/run/NAME`
    /// (Cloudflare).
    var modelInPath: [UInt8]? {
        if let deployment { return deployment }
        if let range = ASCII.firstRange(of: "/ai/run/", in: path) ?? ASCII.firstRange(of: "/workers-ai/", in: path) {
            return EncodedURL.decoded(path[range.upperBound...], lowercasing: false)
        }
        // Snowflake's verbs of no model in particular.
        if ASCII.firstRange(of: "/cortex/", in: path) != nil { return nil }
        var name = segment(after: "/model/")
        if name == nil, let colon = path.lastIndex(of: UInt8(ascii: ":")) {
            let slash = path[..<colon].lastIndex(of: UInt8(ascii: "/")) ?? path.startIndex
            name = Array(path[(slash &+ 1)..<max(colon, slash &+ 1)])
        }
        if name == nil, let range = ASCII.firstRange(of: "/models/", in: path) {
            name = ownerAndName(from: range.upperBound)
        }
        if name == nil, let task = segment(after: "/pipeline/"),
            let range = ASCII.firstRange(of: "/pipeline/", in: path)
        {
            name = ownerAndName(from: range.upperBound &+ task.count &+ 1)
        }
        // Code Assist has a version there.
        guard let name, !name.isEmpty, !ASCII.isEqual(name, "v1internal") else { return nil }
        return EncodedURL.decoded(name[...], lowercasing: false)
    }

    /// One segment or two; `pipeline` and what follows is no name.
    private func ownerAndName(from index: Int) -> [UInt8] {
        guard index < path.count else { return [] }
        let segments = path[index...].split(separator: UInt8(ascii: "/"), maxSplits: 2)
        guard let first = segments.first else { return [] }
        // Azure's address of all models.
        for api in ["chat", "embeddings", "images"] as [StaticString] where ASCII.isEqual(first, api) { return [] }
        guard segments.count > 1, !ASCII.isEqual(segments[1], "pipeline") else { return Array(first) }
        return Array(first) + [UInt8(ascii: "/")] + Array(segments[1])
    }

    private func segment(after prefix: StaticString) -> [UInt8]? {
        guard let range = ASCII.firstRange(of: prefix, in: path) else { return nil }
        let name = Array(path[range.upperBound...].prefix { $0 != UInt8(ascii: "/") })
        return name.isEmpty ? nil : name
    }
}
