// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The record's `http`: facts of the exchange, and of its header fields those few that are allowed.
struct EncodedHTTP {
    let exchange: Exchange

    /// Fields of the response that may be kept, and the beginnings of names that may.
    private static let names: [StaticString] = [
        "content-type", "content-encoding", "retry-after", "retry-after-ms", "x-should-retry", "openai-processing-ms",
        "openai-version", "x-envoy-upstream-service-time", "server-timing",
    ]
    private static let prefixes: [StaticString] = ["x-ratelimit-", "anthropic-ratelimit-", "x-amzn-bedrock-"]
    /// A header flood stays small in the record.
    private static let fieldLimit = 48
    private static let valueByteLimit = 512

    func write(to json: inout JSONWriter) {
        json.key("http")
        json.beginObject()
        json.member("method", plain: exchange.requestHead?.method ?? [])
        let request = HTTPFields(fields: exchange.requestHead?.fields ?? [])
        let response = HTTPFields(fields: exchange.responseHead?.fields ?? [])
        if let status = exchange.responseHead?.status { json.member("status", Int(status)) }
        if let id = requestID(response) { json.member("requestId", plain: id) }
        json.member("requestBytes", exchange.requestBody.seenByteCount)
        if exchange.responseHead != nil { json.member("responseBytes", exchange.responseByteCount) }
        if let retries = request.integer("x-stainless-retry-count"), retries < 1 << 32 {
            json.member("attempt", retries &+ 1)
        }
        writeHeaders(to: &json)
        json.endObject()
    }

    private func requestID(_ response: HTTPFields) -> [UInt8]? {
        response["x-request-id"] ?? response["request-id"] ?? response["apim-request-id"] ?? response[
            "x-amzn-requestid"]
            ?? response["x-generation-id"]
    }

    private func writeHeaders(to json: inout JSONWriter) {
        let fields = exchange.responseHead?.fields ?? []
        var keptCount = 0
        for index in fields.indices where isAllowed(fields[index].name) {
            guard keptCount < Self.fieldLimit, fields[index].value.count <= Self.valueByteLimit else { continue }
            if keptCount == 0 {
                json.key("headers")
                json.beginObject()
            }
            keptCount &+= 1
            json.key(lowercasing: fields[index].name)
            json.string(plain: fields[index].value)
        }
        if keptCount > 0 { json.endObject() }
    }

    private func isAllowed(_ name: [UInt8]) -> Bool {
        for known in Self.names where ASCII.isEqualIgnoringCase(name, known) { return true }
        for prefix in Self.prefixes where ASCII.hasPrefixIgnoringCase(name, prefix) {
            for byte in name where !byte.isAlphanumericASCII && byte != UInt8(ascii: "-") { return false }
            return true
        }
        return false
    }
}
