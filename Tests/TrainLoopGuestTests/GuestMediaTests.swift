// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopCore
import TrainLoopFront
import TrainLoopGuest
import TrainLoopTestSupport

@Suite struct GuestMediaTests {
    private static let image = [0x89, 0x50, 0x4E, 0x47] + [UInt8](repeating: 7, count: 2000)

    @Test func `the same image sent many times is stored once, and every record refers to it`() throws {
        let folder = try TemporaryFolder()
        let recorder = folder.guest()
        for _ in 0..<5 { send(recorder) }
        // Another writer of the same folder.
        send(folder.guest())
        let records = folder.records()
        #expect(records.count == 6)
        let references = records.compactMap {
            $0["capture"]?["media"].map { String(decoding: $0.bytes, as: UTF8.self) }
        }
        #expect(references.count == 6 && Set(references).count == 1)
        #expect(folder.names("data/blobs/sha256").count == 1)
        let part = try #require(folder.names("data/blobs/sha256").first)
        #expect(folder.names("data/blobs/sha256/\(part)").count == 1)
        #expect(recorder.coverage.lostMedia == 0)
    }

    @Test(arguments: [MediaPolicy.keep, .drop]) func `without blobs there is no folder for them`(
        media: MediaPolicy
    ) throws {
        let folder = try TemporaryFolder()
        send(folder.guest { $0.media = media })
        let record = try #require(folder.records().first)
        let isInline = String(decoding: record.bytes, as: UTF8.self).contains(Base64.encode(Self.image))
        #expect(isInline == (media == .keep))
        #expect(!folder.names("data").contains("blobs"))
    }

    @Test func `media that cannot be stored is counted, said once and told in the record`() throws {
        let folder = try TemporaryFolder()
        try folder.write("", to: "data/blobs")
        let recorder = folder.guest()
        send(recorder)
        #expect(recorder.takeWarning()?.hasPrefix("media of a call is lost: cannot make the folder ") == true)
        send(recorder)
        #expect(recorder.takeWarning() == nil)
        #expect(recorder.coverage.recorded == 2)
        #expect(recorder.coverage.dropped == 0)
        #expect(recorder.coverage.lostMedia == 2)
        for record in folder.records() {
            let media = record["capture"]?["media"].map { String(decoding: $0.bytes, as: UTF8.self) }
            #expect(media?.hasPrefix(#"["lost:sha256:"#) == true)
        }
    }

    @Test func `bytes that were sent and came back lie in blobs, each content once`() throws {
        let folder = try TemporaryFolder()
        let recorder = folder.guest()
        let form = Array("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\n".utf8)
        let body = form + Self.image + Array("\r\n--b--\r\n".utf8)
        let type = "multipart/form-data; boundary=b"
        send(recorder, "POST /v1/files", type, body, Array(#"{"id":"file-1"}"#.utf8))
        send(recorder, "GET /v1/files/file-1/content", "text/plain", [], Self.image)
        let records = folder.records()
        #expect(records.count == 2)
        let references = [
            records.first?["modelParams"]?["file"]?["base64"]?.string,
            records.last?["output"]?["bodyBase64"]?.string,
        ].compactMap { $0.flatMap { MediaReference($0) } }
        #expect(references.count == 2 && Set(references.map(\.hash)).count == 1)
        let hash = try #require(references.first).hash
        let part = "data/blobs/sha256/\(hash.prefix(2))"
        #expect(folder.names("data/blobs/sha256").count == 1 && folder.names(part) == [String(hash.dropFirst(2))])
        #expect(folder.bytes("\(part)/\(hash.dropFirst(2))") == Self.image)
        #expect(recorder.coverage.lostMedia == 0)
    }

    private func send(_ recorder: GuestRecorder) {
        let url = "data:image/png;base64,\(Base64.encode(Self.image))"
        let body =
            #"{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"\#(url)"}}]}]}"#
        let reply =
            #"{"choices":[{"index":0,"message":{"role":"assistant","content":"A cat"},"finish_reason":"stop"}]}"#
        send(recorder, "POST /v1/chat/completions", "application/json", Array(body.utf8), Array(reply.utf8))
    }

    private func send(_ recorder: GuestRecorder, _ line: String, _ type: String, _ body: [UInt8], _ reply: [UInt8]) {
        let exchange = recorder.begin(route: "test", location: nil)
        exchange.beginRequestWire(isSecure: true, host: Array("api.openai.com".utf8), port: 443, extra: [])
        let request = "\(line) HTTP/1.1\r\nContent-Type: \(type)\r\nContent-Length: \(body.count)\r\n\r\n"
        let response = "HTTP/1.1 200 OK\r\nContent-Length: \(reply.count)\r\n\r\n"
        (Array(request.utf8) + body).withUnsafeBytes { exchange.requestWire($0) }
        (Array(response.utf8) + reply).withUnsafeBytes { _ = exchange.responseWire($0) }
    }
}
