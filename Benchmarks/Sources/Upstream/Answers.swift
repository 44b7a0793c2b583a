// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import BenchmarkSupport
import NIOCore

/// The answers that are whole before anyone asks.
struct Answers: Sendable {
    /// About 200 bytes of body.
    let tiny: ByteBuffer
    /// 2 KiB of body, the usual answer of a chat.
    let chat: ByteBuffer
    /// 1 MiB of body.
    let big: ByteBuffer
    let streamHead: ByteBuffer
    let streamEnd: ByteBuffer

    init() {
        tiny = Self.whole(Self.completion("Hi."))
        let empty = Self.completion("").utf8.count
        chat = Self.whole(Self.completion(Self.prose(byteCount: 2_048 - empty)))
        big = Self.whole(Self.completion(Self.prose(byteCount: 1_048_576 - empty)))
        streamHead = ByteBuffer(
            string: Self.head("text/event-stream; charset=utf-8", "Transfer-Encoding: chunked"))
        streamEnd = ByteBuffer(string: "e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")
    }

    /// One event with its time of sending, as one chunk.
    func event(now: UInt64) -> ByteBuffer {
        let text =
            "data: {\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1750000000,"
            + "\"model\":\"gpt-4o-mini\",\"system_fingerprint\":\(SendTime.text(now)),\"choices\":[{\"index\":0,"
            + "\"delta\":{\"content\":\" token\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n"
        return ByteBuffer(string: "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n")
    }

    /// A whole stream, each event a chunk.
    func stream(_ count: Int) -> ByteBuffer {
        let event = event(now: Monotonic.now())
        var bytes = streamHead
        for _ in 0..<count { bytes.writeImmutableBuffer(event) }
        bytes.writeImmutableBuffer(streamEnd)
        return bytes
    }

    private static func whole(_ body: String) -> ByteBuffer {
        ByteBuffer(string: head("application/json", "Content-Length: \(body.utf8.count)") + body)
    }

    private static func head(_ type: String, _ framing: String) -> String {
        "HTTP/1.1 200 OK\r\nDate: Mon, 01 Jun 2026 12:00:00 GMT\r\nContent-Type: \(type)\r\n\(framing)\r\n"
            + "openai-processing-ms: 412\r\nopenai-version: 2020-10-01\r\nx-request-id: req_bench\r\n\r\n"
    }

    private static func completion(_ content: String) -> String {
        "{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion\",\"created\":1750000000,\"model\":\"gpt-4o-mini\","
            + "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"\(content)\"},"
            + "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":9,"
            + "\"total_tokens\":21}}"
    }

    /// Text with what text has: spaces, escapes, characters beyond ASCII.
    private static func prose(byteCount: Int) -> String {
        let line = #"The river was wide, and \"no one\" had crossed it since the Brücke fell.\n"#
        var text = String(repeating: line, count: byteCount / line.utf8.count)
        text += String(repeating: ".", count: byteCount - text.utf8.count)
        return text
    }
}
