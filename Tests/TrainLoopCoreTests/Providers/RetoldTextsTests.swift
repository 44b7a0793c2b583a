// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopCore

@Suite struct RetoldTextsTests {
    private func content(_ texts: [String], isIncremental: Bool?) throws -> String? {
        var script = ExchangeScript()
        script.host = "dashscope.aliyuncs.com"
        script.target = "/api/v1/services/aigc/text-generation/generation"
        let parameters = isIncremental.map { #"{"incremental_output":\#($0)}"# } ?? "{}"
        script.request = Array(#"{"model":"m","input":{"prompt":"Hi"},"parameters":\#(parameters)}"#.utf8)
        let events = texts.map { #"data:{"output":{"text":"\#($0)","finish_reason":"null"}}"# + "\n\n" }
        script.response = Array(events.joined().utf8)
        return try script.record().at("output.content")?.string
    }

    @Test(arguments: [true, nil] as [Bool?])
    func `pieces are joined`(_ isIncremental: Bool?) throws {
        #expect(try content(["Once", " upon", "", " a time"], isIncremental: isIncremental) == "Once upon a time")
        #expect(try content(["1", "1", "11", "2"], isIncremental: isIncremental) == "11112")
        #expect(try content(["ha", "ha", "hah", "ha", "!"], isIncremental: isIncremental) == "hahahahha!")
    }

    @Test(arguments: [false, nil] as [Bool?])
    func `a text told again is told once`(_ isIncremental: Bool?) throws {
        let texts = ["Once", "Once upon", "", "Once upon", "Once upon a"]
        #expect(try content(texts, isIncremental: isIncremental) == "Once upon a")
        #expect(try content(["h", "ha", "hah", "haha"], isIncremental: isIncremental) == "haha")
    }

    @Test func `pieces that could be the whole each are, when the request says so`() throws {
        #expect(try content(["h", "ha", "hah"], isIncremental: true) == "hhahah")
    }
}
