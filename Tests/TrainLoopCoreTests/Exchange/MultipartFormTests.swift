// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopCore

@Suite struct MultipartFormTests {
    private static let type = "multipart/form-data; boundary=b-1"

    private func record(_ body: [UInt8], type: String = Self.type, limit: Int = 1 << 20) throws -> JSONValue {
        var script = ExchangeScript()
        script.target = "/v1/files"
        script.requestFields = [HeaderField("content-type", type)]
        script.request = body
        script.response = Array(#"{"id":"file-1","object":"file"}"#)
        script.limits.requestByteCount = limit
        return try script.record()
    }

    private func form(_ parts: [(head: String, content: [UInt8])]) -> [UInt8] {
        var body: [UInt8] = []
        for part in parts {
            body +=
                Array("--b-1\r\nContent-Disposition: form-data; \(part.head)\r\n\r\n") + part.content + [0x0D, 0x0A]
        }
        return body + Array("--b-1--\r\n")
    }

    @Test func `a form is told as an object`() throws {
        let body = form([
            ("name=\"purpose\"", Array("fine-tune \"ü\"\n")),
            ("name=\"file\"; filename=\"a.bin\"\r\nContent-Type: application/octet-stream", [0, 0x0D, 0x0A, 0xFF]),
            ("name=\"x[]\"", Array("1")), ("name=\"x[]\"", Array("2")), ("name=\"empty\"", []),
            ("filename=\"t.txt\"; name=\"note\"\r\ncontent-type:text/plain", Array("--b-0 is no delimiter")),
        ])
        let parameters = try #require(try record(body)["modelParams"])
        #expect(
            parameters.text
                == #"{"purpose":"fine-tune \"ü\"\n","file":{"filename":"a.bin","contentType":"application/octet-stream","bytes":4,"base64":"AA0K/w=="},"x[]":["1","2"],"empty":"","note":{"filename":"t.txt","contentType":"text/plain","bytes":21,"content":"--b-0 is no delimiter"}}"#
        )
        #expect(try record(body).at("capture.parse")?.string == "full")
        #expect(
            try record(body, type: #"Multipart/Form-Data; charset=x; Boundary="b-1"; y=z"#)["modelParams"]?.text
                == parameters.text)
    }

    @Test func `the model of a form is the model of the call`() throws {
        var script = ExchangeScript()
        script.target = "/v1/audio/transcriptions"
        script.requestFields = [HeaderField("content-type", Self.type)]
        script.request = form([("name=\"model\"", Array("whisper-1"))])
        script.response = Array(#"{"text":"Hi"}"#)
        #expect(try script.record()["model"]?.string == "whisper-1")
    }

    @Test func `a form cut at any byte gives a record that says so`() throws {
        let body = form([("name=\"purpose\"", Array("batch")), ("name=\"file\"; filename=\"a\"", [0, 1, 2])])
        for count in 0..<body.count {
            let record = try record(body, limit: count)
            #expect(record.at("capture.parse")?.string == "partial")
        }
    }

    @Test(arguments: [
        "", "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=other",
        "application/json", "multipart/form-data; boundary=" + String(repeating: "b", count: 71),
    ])
    func `what is no form stays a text`(_ type: String) throws {
        let body = form([("name=\"purpose\"", Array("batch"))])
        let record = try record(body, type: type)
        #expect(record.at("modelParams.body")?.string == String(decoding: body, as: UTF8.self))
    }
}
