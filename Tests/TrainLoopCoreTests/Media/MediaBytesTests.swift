// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopCore

private let sound = mediaSample([], seed: 7)
private let picture = mediaSample()

@Suite struct MediaBytesTests {
    /// Replies that are bytes, and where the record has them.
    struct Reply: CustomTestStringConvertible {
        var testDescription: String
        var method = "POST"
        var host = "api.openai.com"
        var target: String
        var type = "audio/mpeg"
        var content = sound
        var path = "output.bodyBase64"

        func script(_ media: MediaPolicy = .blob) -> ExchangeScript {
            var script = ExchangeScript()
            script.method = method
            script.host = host
            script.target = target
            script.request = Array(method == "POST" ? #"{"model":"m","input":"Hi","inputs":"Hi"}"# : "")
            script.responseFields = [HeaderField("content-type", type)]
            script.response = content
            script.media = media
            return script
        }
    }

    private static let speech = Reply(
        testDescription: "speech", target: "/v1/audio/speech", path: "output.messages.0.parts.0.content")
    private static let file = Reply(
        testDescription: "a file", method: "GET", target: "/v1/files/file-1/content", type: "application/octet-stream")

    static let replies = [
        speech, file,
        Reply(
            testDescription: "speech of Azure", host: "x.openai.azure.com",
            target: "/openai/deployments/tts/audio/speech?api-version=1", type: "audio/pcm",
            path: "output.messages.0.parts.0.content"),
        Reply(
            testDescription: "speech of Groq", host: "api.groq.com", target: "/openai/v1/audio/speech",
            type: "audio/wav", content: mediaSample(Array("RIFF....WAVE"), seed: 3),
            path: "output.messages.0.parts.0.content"),
        Reply(
            testDescription: "a container's file", method: "GET", target: "/v1/containers/c/files/f/content",
            type: "image/png", content: picture),
        Reply(
            testDescription: "a film", method: "GET", target: "/v1/videos/video-1/content", type: "video/mp4",
            content: mediaSample(Array("\0\0\0 ftypisom"), seed: 4)),
        Reply(
            testDescription: "a file of Anthropic", method: "GET", host: "api.anthropic.com",
            target: "/v1/files/file-1/content", type: "application/pdf",
            content: mediaSample(Array("%PDF-1.7"), seed: 5)),
        Reply(
            testDescription: "a picture of Hugging Face", host: "router.huggingface.co",
            target: "/hf-inference/models/m", type: "image/jpeg",
            content: mediaSample([0xFF, 0xD8, 0xFF], seed: 6)),
        Reply(testDescription: "an API that nobody has met", host: "tts.example", target: "/v1/text-to-speech/v"),
    ]

    @Test(arguments: replies)
    func `a reply of bytes goes to a blob, and comes back exactly`(_ reply: Reply) throws {
        let (kept, stored) = (reply.script(.keep).run(), reply.script().run())
        #expect(stored.blobs.map(\.bytes) == [reply.content])
        #expect(try stored.withMediaInline() == String(decoding: kept.bytes, as: UTF8.self))
        let record = try reply.script().record(stored)
        let reference = try #require(record.at(reply.path)?.string.flatMap { MediaReference($0) })
        #expect(reference.hash == stored.blobs[0].hash)
        #expect(record.at("capture.media")?.text == #"["\#(reference.text)"]"#)
        #expect(record.at("capture.truncated") == nil)
        #expect(try reply.script(.keep).record(kept).at(reply.path)?.string == Base64.encode(reply.content))
        let dropped = try reply.script(.drop).record()
        #expect(dropped.at(reply.path)?.string == "drop\(reference.text.dropFirst(4))")
        #expect(reply.script(.drop).run().blobs.isEmpty)
    }

    @Test(arguments: replies)
    func `no split of a reply changes its record or its blob`(_ reply: Reply) {
        let whole = reply.script().run()
        for pieces in SplitVerifier.splits(of: reply.content) {
            let line = reply.script().run(responsePieces: pieces)
            #expect(line.bytes == whole.bytes)
            #expect(line.blobs.map(\.bytes) == [reply.content])
        }
    }

    @Test func `speech tells the type under which it came`() throws {
        var script = Self.speech.script()
        script.responseFields = [HeaderField("content-type", #"audio/pcm; x="y""#)]
        #expect(
            try script.record().at("output.messages.0.parts.0")?.text.hasPrefix(
                #"{"type":"blob","modality":"audio","mimeType":"audio/pcm; x=\"y\"","content":"blob:sha256:"#) == true)
    }

    @Test func `sound that comes as the events of a stream is one blob`() throws {
        var script = Self.speech.script()
        let events = [sound[..<500], sound[500..<1001], sound[1001...]].map {
            #"data: {"type":"speech.audio.delta","audio":"\#(Base64.encode(Array($0)))"}"# + "\n\n"
        }
        script.responseFields = [HeaderField("content-type", "text/event-stream")]
        script.response = Array(events.joined() + #"data: {"type":"speech.audio.done"}"# + "\n\n")
        let whole = script.run()
        #expect(whole.blobs.map(\.bytes) == [sound])
        for pieces in SplitVerifier.splits(of: script.response) {
            #expect(script.run(responsePieces: pieces).bytes == whole.bytes)
        }
    }

    @Test func `sound may begin as a comment of a stream does`() throws {
        for beginning in [":", "\r\n:", " :"] {
            var reply = Self.speech
            reply.content = Array(beginning) + sound
            #expect(reply.script().run().blobs.map(\.bytes) == [reply.content])
        }
    }

    @Test func `few bytes stay in the record`() throws {
        for (count, isInline) in [(1, true), (765, true), (766, false)] {
            var reply = Self.speech
            reply.content = Array(sound[..<count])
            reply.content[0] = 0
            for media in [MediaPolicy.blob, .drop] {
                let content = try reply.script(media).record().at(reply.path)?.string
                #expect((content == Base64.encode(reply.content)) == isInline, "\(count)")
            }
        }
    }

    @Test func `an empty reply has no sound`() throws {
        for reply in [Self.speech, Self.file] {
            var script = reply.script()
            script.response = []
            #expect(try script.record()["output"]?.text == #"{"content":""}"#)
        }
    }

    @Test func `bytes tell what they are, whatever they are called`() throws {
        var reply = Self.file
        reply.type = "text/plain"
        #expect(reply.script().run().blobs.map(\.bytes) == [sound])
        for var reply in [Self.speech, Self.file, Self.replies[8]] {
            let text = String(repeating: "This is no sound. ", count: 100)
            reply.content = Array(text)
            #expect(reply.script().run().blobs.isEmpty)
            #expect(try reply.script().record().at("output.body")?.string == text)
        }
    }

    @Test func `text that is not quite UTF-8 is shown, and exact beside it`() throws {
        var script = Self.replies[8].script()
        let latin = Array("caf") + [0xE9, 0x21]
        script.request = latin
        script.response = latin
        let shown = #"{"body":"caf\#u{FFFD}!","bodyBytes":5,"bodyBase64":"Y2Fm6SE="}"#
        let record = try script.record()
        #expect(record["modelParams"]?.text == shown)
        #expect(record["output"]?.text == "{\"content\":\"\",\(shown.dropFirst())")
    }

    @Test func `an error of bytes is recorded with them`() throws {
        var script = Self.speech.script()
        script.status = 500
        let record = try script.record()
        #expect(record["status"]?.string == "error")
        #expect(record.at("output.bodyBase64")?.string?.hasPrefix("blob:") == true)
    }

    @Test func `sound of an API that is not understood is kept up to the bound of replies`() throws {
        var reply = Self.replies[8]
        reply.content = mediaSample([]) + [UInt8](repeating: 0, count: 2 << 20)
        #expect(reply.script().run().blobs.map(\.bytes) == [reply.content])
    }

    // MARK: - Not all of it

    @Test func `what a bound cut is counted and not stored`() throws {
        for reply in Self.replies {
            var script = reply.script()
            script.limits.responseByteCount = sound.count - 1
            let line = script.run()
            let record = try script.record(line)
            #expect(line.blobs.isEmpty)
            #expect(record.at("capture.truncated")?.bool == true)
            #expect(record.at("capture.parse")?.string != "full")
            let part = record.at("output.messages.0.parts.0")
            #expect(part?["content"] == nil && record.at("output.bodyBase64") == nil)
            #expect((part?["omittedBytes"] ?? record.at("output.bodyBytes"))?.integer == Int64(reply.content.count))
        }
    }

    @Test func `a reply with a gap is not stored`() throws {
        var pipeline = CapturePipeline(
            context: CaptureContext(id: Array(0..<16), route: "test", by: "test", sequence: 1),
            limits: CaptureLimits())
        let now = Timestamp(nanosecondsSinceEpoch: ExchangeScript.start)
        let head = RequestHead(
            method: Array("POST"), isSecure: true, host: Array("api.openai.com"), port: 443,
            target: Array("/v1/audio/speech"), fields: [])
        let events: [WireEvent] = [
            .requestHead(head), .requestBody(Array(#"{"model":"m","input":"Hi"}"#)), .requestEnd,
            .responseHead(ResponseHead(status: 200, fields: [])), .responseBody(sound),
            .responseBodyLost(byteCount: 10), .responseBody(sound), .end(.complete),
        ]
        for event in events { pipeline.receive(event, at: now) }
        let record = try ExchangeScript().record(pipeline.finish())
        #expect(
            record.at("output.messages.0.parts.0")?.text
                == #"{"type":"blob","modality":"audio","omittedBytes":\#(2 * sound.count + 10)}"#)
        #expect(record.at("capture.truncated")?.bool == true)
    }

    @Test func `a reply that ended early is stored as far as it came, and the record says so`() throws {
        var script = Self.speech.script()
        script.end = .clientClosed
        let line = script.run()
        #expect(line.blobs.map(\.bytes) == [sound])
        let record = try script.record(line)
        #expect(record["status"]?.string == "incomplete")
        #expect(record.at("capture.parse")?.string == "partial")
    }

    // MARK: - Secrets

    @Test func `bytes with a secret in them are never stored, however few`() throws {
        let key = "sk-proj-Zq8fK2mX7vB4nL9wR3tY6uJ1hG5d"
        for (secret, rule) in [(" \(key) ", "openai-key"), ("correct-horse-42", "credential")] {
            for rest in [sound, [0, 1, 2]] {
                for media in [MediaPolicy.keep, .blob, .drop] {
                    for reply in [Self.speech, Self.file] {
                        var script = reply.script(media)
                        script.requestFields = [HeaderField("authorization", "Bearer correct-horse-42")]
                        script.response = [0] + Array(secret) + rest
                        let line = script.run()
                        let record = try script.record(line)
                        #expect(line.blobs.isEmpty)
                        #expect(record.at(reply.path)?.string?.hasPrefix("drop:sha256:") == true)
                        #expect(record.at("capture.redactions")?.text == #"[{"rule":"\#(rule)","count":1}]"#)
                    }
                }
            }
        }
    }

    // MARK: - Requests

    private static func form(_ parts: [(head: String, content: [UInt8])]) -> [UInt8] {
        var body: [UInt8] = []
        for part in parts {
            body += Array("--b-1\r\nContent-Disposition: form-data; \(part.head)\r\n\r\n") + part.content
            body += Array("\r\n")
        }
        return body + Array("--b-1--\r\n")
    }

    private func upload(_ body: [UInt8], _ media: MediaPolicy = .blob) -> ExchangeScript {
        var script = ExchangeScript()
        script.target = "/v1/audio/transcriptions"
        script.requestFields = [HeaderField("content-type", "multipart/form-data; boundary=b-1")]
        script.request = body
        script.response = Array(#"{"text":"Hi"}"#)
        script.media = media
        return script
    }

    private static let several = form([
        ("name=\"model\"", Array("whisper-1")),
        ("name=\"file[]\"; filename=\"a.png\"\r\nContent-Type: image/png", picture),
        ("name=\"file[]\"; filename=\"b.bin\"\r\nContent-Type: text/plain", picture),
        ("name=\"file[]\"; filename=\"c\"", sound), ("name=\"note\"; filename=\"n.txt\"", Array("text \"ü\"")),
        ("name=\"none\"; filename=\"empty\"", []), ("name=\"prompt\"", Array("Hear")),
    ])

    @Test func `files of a form go to blobs, each content once, and come back exactly`() throws {
        let script = upload(Self.several)
        let line = script.run()
        #expect(line.blobs.map(\.bytes) == [picture, sound])
        let (first, second) = (line.blobs[0].hash, line.blobs[1].hash)
        let record = try script.record(line)
        let pictureText = "blob:sha256:\(first);image/png;1508"
        #expect(
            record["modelParams"]?.text
                == #"{"file[]":[{"filename":"a.png","contentType":"image/png","bytes":1508,"base64":"\#(pictureText)"},{"filename":"b.bin","contentType":"text/plain","bytes":1508,"base64":"\#(pictureText)"},{"filename":"c","bytes":1500,"base64":"blob:sha256:\#(second);application/octet-stream;1500"}],"note":{"filename":"n.txt","bytes":9,"content":"text \"ü\""},"none":{"filename":"empty","bytes":0,"content":""}}"#
        )
        #expect(record["model"]?.string == "whisper-1")
        #expect(record["input"]?.text == #"[{"role":"user","content":"Hear"}]"#)
        #expect(record.at("capture.parse")?.string == "full")
        let kept = upload(Self.several, .keep).run()
        #expect(try line.withMediaInline() == String(decoding: kept.bytes, as: UTF8.self))
        let dropped = upload(Self.several, .drop).run()
        #expect(dropped.blobs.isEmpty)
        #expect(
            String(decoding: dropped.bytes, as: UTF8.self)
                == String(decoding: line.bytes, as: UTF8.self).replacing("blob:sha256:", with: "drop:sha256:"))
    }

    @Test func `no split of a form changes its record or its blobs`() {
        let script = upload(Self.several)
        let whole = script.run()
        for pieces in SplitVerifier.splits(of: Self.several) {
            let line = script.run(requestPieces: pieces)
            #expect(line.bytes == whole.bytes)
            #expect(line.blobs.map(\.bytes) == whole.blobs.map(\.bytes))
        }
    }

    @Test func `of a cut form only the files that are whole are stored`() throws {
        var script = upload(Self.several)
        for count in stride(from: 0, to: Self.several.count, by: 7) {
            script.limits.requestByteCount = count
            let line = script.run()
            #expect(line.isTruncated)
            #expect(line.blobs.allSatisfy { $0.bytes == picture || $0.bytes == sound })
        }
        let third = try #require(Self.several.firstRange(of: Array(#"filename="c""#)))
        script.limits.requestByteCount = third.upperBound + 700
        let record = try script.record()
        #expect(script.run().blobs.map(\.bytes) == [picture])
        #expect(record.at("modelParams.file[].2.base64") == nil)
        #expect(record.at("modelParams.file[].2.bytes")?.integer ?? 0 > 600)
    }

    @Test func `a long text of a file and a field that is no text are told as bytes`() throws {
        let text = Array(String(repeating: "{\"custom_id\": \"a\"}\n", count: 60_000))
        let latin = Array("caf") + [0xE9]
        let script = upload(
            Self.form([("name=\"file\"; filename=\"batch.jsonl\"", text), ("name=\"title\"", latin)]))
        let line = script.run()
        #expect(line.blobs.map(\.bytes) == [text])
        let record = try script.record(line)
        #expect(record.at("modelParams.file.base64")?.string?.hasSuffix(";\(text.count)") == true)
        #expect(record.at("modelParams.title")?.text == #"{"bytes":4,"base64":"Y2Fm6Q=="}"#)
    }

    @Test func `secrets of a form are taken out of its texts, and files with one are dropped`() throws {
        let key = "sk-proj-Zq8fK2mX7vB4nL9wR3tY6uJ1hG5d"
        let script = upload(
            Self.form([
                ("name=\"prompt\"", Array("the key \(key)")), ("name=\"file\"; filename=\"a\"", [0] + Array(key)),
            ]))
        let line = script.run()
        let record = try script.record(line)
        #expect(line.blobs.isEmpty)
        #expect(!String(decoding: line.bytes, as: UTF8.self).contains(key))
        #expect(record.at("modelParams.file.base64")?.string?.hasPrefix("drop:sha256:") == true)
        #expect(record.at("capture.redactions")?.text == #"[{"rule":"openai-key","count":2}]"#)
    }

    @Test func `a request of bytes is stored when all of it came`() throws {
        var script = ExchangeScript()
        script.host = "router.huggingface.co"
        script.target = "/hf-inference/models/openai/whisper"
        script.requestFields = [HeaderField("content-type", "audio/flac")]
        script.request = mediaSample(Array("fLaC"))
        script.response = Array(#"{"text":"Hi"}"#)
        script.media = .blob
        let line = script.run()
        #expect(line.blobs.map(\.bytes) == [script.request])
        let record = try script.record(line)
        #expect(record.at("modelParams.bodyBytes")?.integer == Int64(script.request.count))
        #expect(record.at("modelParams.bodyBase64")?.string?.contains(";audio/flac;") == true)
        script.limits.requestByteCount = 1000
        #expect(script.run().blobs.isEmpty)
        #expect(try script.record()["modelParams"]?.text == #"{"bodyBytes":\#(script.request.count)}"#)
    }
}
