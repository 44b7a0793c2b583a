// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopCore

@Suite struct URLEncodedFormTests {
    private func record(_ body: String, limit: Int = 1 << 20) throws -> JSONValue {
        var script = ExchangeScript()
        script.target = "/v1/files"
        script.requestFields = [HeaderField("content-type", "application/x-www-form-urlencoded; charset=utf-8")]
        script.request = Array(body.utf8)
        script.response = Array(#"{"id":"file-1","object":"file"}"#)
        script.limits.requestByteCount = limit
        return try script.record()
    }

    @Test func `a form is told as an object`() throws {
        let record = try record("purpose=fine-tune+%22%C3%BC%22%0A&x=1&x=2&empty=&alone&&a%3Db=c=d&odd=100%")
        #expect(
            record["modelParams"]?.text
                == #"{"purpose":"fine-tune \"ü\"\n","x":["1","2"],"empty":"","alone":"","a=b":"c=d","odd":"100%"}"#)
        #expect(record.at("capture.parse")?.string == "full")
    }

    @Test func `a form beyond the bound is told up to it`() throws {
        let record = try record("model=whisper-1&prompt=Hello", limit: 20)
        #expect(record["modelParams"]?.text == #"{"prom":""}"#)
        #expect(record["model"]?.string == "whisper-1")
        #expect(record.at("capture.parse")?.string == "partial")
        #expect(record.at("capture.truncated")?.bool == true)
    }

    @Test func `JSON that is called a form is JSON, also where it is cut`() throws {
        #expect(try record(#"{"model":"m","x":[1,2,3]}"#)["modelParams"]?.text == #"{"x":[1,2,3]}"#)
        #expect(try record(#"{"model":"m","x":[1,2,3]}"#, limit: 22)["model"]?.string == "m")
    }

    @Test func `what has more fields than any form is none`() throws {
        let fields = (0..<300).map { "f\($0)=1" }.joined(separator: "&")
        #expect(try record(fields).at("modelParams.body")?.string == fields)
    }
}
