// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopCore

private let png = mediaSample()
private let sound = mediaSample([], seed: 7)

@Suite struct MediaTests {
    /// Where providers have media; `@` stands for the base64 text.
    struct Place: CustomTestStringConvertible {
        var testDescription: String
        var host = "api.openai.com"
        var target = "/v1/chat/completions"
        var request = #"{"model":"m","messages":[{"role":"user","content":"Hi"}]}"#
        var response =
            #"{"choices":[{"index":0,"message":{"role":"assistant","content":"Yes."},"finish_reason":"stop"}]}"#
        /// Where the beginning of a file tells nothing, the key must.
        var isKnownByItsKey = true
    }

    static let places: [Place] = [
        Place(
            testDescription: "chat image",
            request:
                #"{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,@"}}]}]}"#
        ),
        Place(
            testDescription: "chat sound",
            request:
                #"{"model":"m","messages":[{"role":"user","content":[{"input_audio":{"data":"@","format":"wav"},"type":"input_audio"}]}]}"#
        ),
        Place(
            testDescription: "chat file",
            request:
                #"{"model":"m","messages":[{"role":"user","content":[{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,@"}}]}]}"#
        ),
        Place(
            testDescription: "chat sound in the reply",
            response:
                #"{"choices":[{"index":0,"message":{"role":"assistant","content":null,"audio":{"id":"a","data":"@","expires_at":1,"transcript":"Yes."}},"finish_reason":"stop"}]}"#
        ),
        Place(
            testDescription: "responses image and file", target: "/v1/responses",
            request:
                #"{"model":"m","input":[{"role":"user","content":[{"type":"input_image","image_url":"data:image/png;base64,@"},{"type":"input_file","filename":"a","file_data":"@"}]}]}"#,
            response: #"{"object":"response","output":[]}"#),
        Place(
            testDescription: "responses image in the reply", target: "/v1/responses",
            request: #"{"model":"m","input":"A cat"}"#,
            response:
                #"{"object":"response","status":"completed","output":[{"type":"image_generation_call","id":"i","status":"completed","result":"@"}]}"#,
            isKnownByItsKey: false),
        Place(
            testDescription: "images", target: "/v1/images/generations", request: #"{"prompt":"A cat"}"#,
            response: #"{"created":1,"data":[{"b64_json":"@"}]}"#),
        Place(
            testDescription: "messages", host: "api.anthropic.com", target: "/v1/messages",
            request:
                #"{"model":"m","messages":[{"role":"user","content":[{"type":"image","source":{"data":"@","type":"base64","media_type":"image/png"}}]}]}"#,
            response: #"{"type":"message","role":"assistant","content":[{"type":"text","text":"Yes."}]}"#),
        Place(
            testDescription: "Gemini", host: "generativelanguage.googleapis.com",
            target: "/v1beta/models/m:generateContent",
            request: #"{"contents":[{"parts":[{"inline_data":{"mime_type":"image/png","data":"@"}}]}]}"#,
            response:
                #"{"candidates":[{"content":{"role":"model","parts":[{"inlineData":{"mimeType":"image/png","data":"@"}}]},"finishReason":"STOP"}]}"#
        ),
        Place(
            testDescription: "Bedrock", host: "bedrock-runtime.us-east-1.amazonaws.com", target: "/model/m/converse",
            request:
                #"{"messages":[{"role":"user","content":[{"image":{"format":"png","source":{"bytes":"@"}}}]}]}"#,
            response:
                #"{"output":{"message":{"role":"assistant","content":[{"text":"Yes."}]}},"stopReason":"end_turn"}"#),
        Place(
            testDescription: "Ollama", host: "ollama.com", target: "/api/chat",
            request: #"{"model":"m","messages":[{"role":"user","content":"What?","images":["@"]}]}"#,
            response: #"{"model":"m","message":{"role":"assistant","content":"Yes."},"done":true}"#),
        Place(
            testDescription: "an image under any key", target: "/v1/unheard-of",
            request: #"{"anything":{"else":["@"]}}"#, response: "{}", isKnownByItsKey: false),
    ]

    @Test(arguments: places)
    func `media goes to a blob from wherever a provider has it, and comes back exactly`(_ place: Place) throws {
        for (content, isFile) in [(png, true), (sound, false)] where isFile || place.isKnownByItsKey {
            for form in [Base64.Form(), Base64.Form(isURLSafe: true), Base64.Form(isUnpadded: true)] {
                let text = String(decoding: Base64.text(of: content, form: form), as: UTF8.self)
                let (kept, stored) = try bothWays(place, text)
                #expect(stored.blobs.map(\.bytes) == [content])
                #expect(!String(decoding: stored.bytes, as: UTF8.self).contains(text.prefix(100)))
                #expect(try stored.withMediaInline() == String(decoding: kept.bytes, as: UTF8.self))
                #expect(kept.blobs.isEmpty)
            }
        }
    }

    @Test func `the reference tells fate, hash, type and length, and is told again in capture`() throws {
        let line = script(Self.places[0], Base64.encode(png), .blob).run()
        let record = try script(Self.places[0], Base64.encode(png), .blob).record(line)
        let blob = try #require(line.blobs.first)
        let expected = "blob:sha256:\(blob.hash);image/png;\(png.count)"
        #expect(record["input"]?.text.contains(#""url":"data:image/png;base64,\#(expected)""#) == true)
        #expect(record["capture"]?["media"]?.text == #"["\#(expected)"]"#)
        #expect(record["capture"]?["parse"]?.string == "full")
    }

    @Test func `dropped media leaves type, length and hash`() throws {
        let stored = script(Self.places[0], Base64.encode(png), .blob).run()
        let line = script(Self.places[0], Base64.encode(png), .drop).run()
        let hash = try #require(stored.blobs.first).hash
        #expect(line.blobs.isEmpty)
        let record = try script(Self.places[0], "", .drop).record(line)
        #expect(record["capture"]?["media"]?.text == #"["drop:sha256:\#(hash);image/png;\#(png.count)"]"#)
    }

    @Test func `a line says what could not be stored`() throws {
        var line = script(Self.places[4], Base64.encode(png), .blob).run()
        let blob = try #require(line.blobs.first)
        line.lose([EventLine.Blob(hash: String(repeating: "0", count: 64), bytes: []), blob])
        let text = String(decoding: line.bytes, as: UTF8.self)
        #expect(!text.contains("blob:sha256:"))
        #expect(text.ranges(of: "lost:sha256:\(blob.hash);image/png;\(png.count)").count == 3)
    }

    @Test func `the same media several times in one call is one blob`() throws {
        let (kept, stored) = try bothWays(Self.places[4], Base64.encode(png))
        #expect(stored.blobs.count == 1)
        let text = String(decoding: stored.bytes, as: UTF8.self)
        #expect(text.ranges(of: "blob:sha256:").count == 3)
        #expect(try stored.withMediaInline() == String(decoding: kept.bytes, as: UTF8.self))
    }

    @Test func `different media in one call are blobs of their own`() throws {
        let (first, second) = (Base64.encode(png), Base64.encode(mediaSample(seed: 2)))
        var place = Self.places[10]
        place.request = #"{"model":"m","messages":[{"role":"user","content":"","images":["\#(first)","\#(second)"]}]}"#
        let (kept, stored) = try bothWays(place, "")
        #expect(stored.blobs.map(\.bytes) == [png, mediaSample(seed: 2)])
        #expect(try stored.withMediaInline() == String(decoding: kept.bytes, as: UTF8.self))
    }

    @Test func `escaped slashes and equals signs do not keep media inline`() throws {
        let escaped = Base64.encode(png).replacing("/", with: #"\/"#).replacing("=", with: #"\u003d"#)
        #expect(escaped.contains(#"\/"#) && escaped.hasSuffix(#"\u003d"#))
        let line = script(Self.places[0], escaped, .blob).run()
        #expect(line.blobs.map(\.bytes) == [png])
    }

    @Test func `what would not come back exactly stays`() throws {
        let text = Base64.encode(png)
        for (name, odd) in [
            ("with line breaks", "\(text.prefix(76))\\n\(text.dropFirst(76))"),
            ("of mixed alphabets", "\(text.prefix(400))+_\(text.dropFirst(402))"),
            ("with bits to spare", "\(text.dropLast(2))R="),
            ("with padding in its midst", "\(text.prefix(401))=\(text.dropFirst(402))"),
            ("with too much padding", "\(text)="),
            ("below the bound", "\(text.prefix(1020))"),
            ("cut within a byte", "\(text.prefix(1401))"),
        ] {
            let (kept, stored) = try bothWays(Self.places[0], odd)
            #expect(stored.blobs.isEmpty, "\(name)")
            #expect(stored.bytes == kept.bytes, "\(name)")
        }
    }

    @Test(arguments: [
        #"{"type":"text","text":"@"}"#, #"{"type":"redacted_thinking","data":"@"}"#,
        #"{"type":"thinking","thinking":"","signature":"@"}"#,
        #"{"type":"text","text":"data:image/png;base64,@ and more"}"#,
    ])
    func `text and what only providers can read stays`(part: String) throws {
        var place = Self.places[7]
        place.request = #"{"model":"m","messages":[{"role":"assistant","content":[\#(part)]}]}"#
        let (kept, stored) = try bothWays(place, Base64.encode(sound))
        #expect(stored.blobs.isEmpty)
        #expect(stored.bytes == kept.bytes)
    }

    // MARK: - Secrets

    @Test func `a file with a secret in it is not stored, and the record says why`() throws {
        let key = "sk-proj-Zq8fK2mX7vB4nL9wR3tY6uJ1hG5d"
        for (content, rule) in [("key=\(key)\n", "openai-key"), ("password: correct-horse-42\n", "credential")] {
            let file = Array((String(repeating: "a line of a file\n", count: 100) + content).utf8)
            var script = script(Self.places[2], Base64.encode(file), .blob)
            script.requestFields = [HeaderField("authorization", "Bearer correct-horse-42")]
            let line = script.run()
            let record = try script.record(line)
            #expect(line.blobs.isEmpty)
            let reference = try #require(record["capture"]?["media"]?.text)
            #expect(reference.hasPrefix(#"["drop:sha256:"#) && reference.contains(";\(file.count)"))
            #expect(record["capture"]?["redactions"]?.text.contains(rule) == true, "\(record["capture"]?.text ?? "")")
        }
    }

    @Test func `a credential that stands in base64 text is redacted there`() throws {
        let credential = "Zq8fK2mX7vB4nL9wR3tY6uJ1hG5dA0sC"
        let text = Base64.encode(sound)
        let repeated = "\(text.prefix(400))\(credential)\(text.dropFirst(400 + credential.utf8.count))"
        var script = script(Self.places[1], repeated, .blob)
        script.requestFields = [HeaderField("authorization", "Bearer \(credential)")]
        let line = script.run()
        #expect(line.blobs.isEmpty)
        let text2 = String(decoding: line.bytes, as: UTF8.self)
        #expect(text2.contains("[REDACTED:credential]") && !text2.contains(credential))
    }

    // MARK: - References

    @Test func `a reference is read as it was written, and nothing else is`() throws {
        let hash = String(repeating: "0a", count: 32)
        for text in [
            "blob:sha256:\(hash);image/png;12", "drop:sha256:\(hash);audio/wav;0;url",
            "lost:sha256:\(hash);application/pdf;123456789;url;unpadded", "blob:sha256:\(hash);a;1;unpadded",
        ] {
            #expect(MediaReference(text)?.text == text)
        }
        for text in [
            "", "blob", "blob:sha256:\(hash)", "blob:sha256:\(hash);image/png", "blob:sha256:\(hash.dropLast());a;1",
            "blob:sha256:\(hash.uppercased());a;1", "bloc:sha256:\(hash);a;1", "blob:sha255:\(hash);a;1",
            "blob:sha256:\(hash);a;", "blob:sha256:\(hash);a;-1", "blob:sha256:\(hash);a;1;other",
            "blob:sha256:\(hash);a;1234567890123456789", "blob:sha256:../../../../../../../etc/passwd;a;1",
        ] {
            #expect(MediaReference(text) == nil, "\(text)")
        }
    }

    // MARK: - Support

    private func script(_ place: Place, _ text: String, _ media: MediaPolicy) -> ExchangeScript {
        var script = ExchangeScript()
        script.host = place.host
        script.target = place.target
        script.request = [UInt8](place.request.replacing("@", with: text))
        script.response = [UInt8](place.response.replacing("@", with: text))
        script.responseFields = [HeaderField("content-type", "application/json")]
        script.media = media
        return script
    }

    private func bothWays(_ place: Place, _ text: String) throws -> (kept: EventLine, stored: EventLine) {
        let kept = script(place, text, .keep).run()
        let stored = script(place, text, .blob).run()
        script(place, text, .blob).check(stored)
        return (kept, stored)
    }
}
