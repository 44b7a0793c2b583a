// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopCapture
import TrainLoopCommands
import TrainLoopFront

@Suite struct RunSummaryTests {
    @Test func `the last line tells the counts, and those that are rare only where they are not zero`() {
        var coverage = Coverage()
        coverage.seen = 12
        coverage.recorded = 12
        var summary = RunSummary(coverage: coverage, dataFolder: "/home/me/work/trainloop/data")
        #expect(summary.isComplete)
        #expect(
            summary.line(workingDirectory: "/home/me/work")
                == "12 exchanges seen, 12 recorded, 0 unparsed, 0 bypassed -> trainloop/data")
        summary.coverage.lostMedia = 3
        #expect(!summary.isComplete)
        #expect(summary.line(workingDirectory: "/home/me/work").contains("0 bypassed, 3 media lost -> "))
        summary.coverage.lostMedia = 0
        summary.coverage.seen = 1
        summary.coverage.recorded = 0
        summary.coverage.dropped = 1
        summary.coverage.truncated = 2
        #expect(!summary.isComplete)
        #expect(
            summary.line(workingDirectory: "/elsewhere")
                == "1 exchange seen, 0 recorded, 0 unparsed, 0 bypassed, 1 dropped, 2 truncated "
                + "-> /home/me/work/trainloop/data")
    }

    @Test func `a quiet run speaks only of what is lost`() {
        var summary = RunSummary(coverage: Coverage(), dataFolder: "/d")
        #expect(summary.lastWords(workingDirectory: "/", isQuiet: true) == [])
        #expect(summary.lastWords(workingDirectory: "/", isQuiet: false).count == 1)
        summary.coverage.bypassed = 1
        summary.bypasses = ["api.openai.com by wget (pid 7): does not trust the run's certificate"]
        #expect(
            summary.lastWords(workingDirectory: "/", isQuiet: true) == [
                "0 exchanges seen, 0 recorded, 0 unparsed, 1 bypassed -> /d",
                "not recorded: api.openai.com by wget (pid 7): does not trust the run's certificate",
            ])
        summary.unreachable = ["api.openai.com by wget (pid 7): cannot connect"]
        #expect(
            summary.lastWords(workingDirectory: "/", isQuiet: false).last
                == "not reached: api.openai.com by wget (pid 7): cannot connect")
    }
}

@Suite struct ConnectToTests {
    @Test func `four parts are taken, with addresses of IPv6 in brackets`() throws {
        let plain = try #require(ConnectTo("API.openai.com:443:127.0.0.1:8443"))
        #expect(plain.host == "api.openai.com" && plain.port == 443)
        #expect(plain.toHost == "127.0.0.1" && plain.toPort == 8443)
        let bracketed = try #require(ConnectTo("[::1]:443:[fe80::1]:1"))
        #expect(bracketed.host == "::1" && bracketed.toHost == "fe80::1")
    }

    @Test(arguments: ["", "a:1:b", "a:x:b:1", "a:1:b:65536", ":1:b:2", "a:1:b:2:c", "[::1:1:b:2", "a:1::2"])
    func `anything else is refused`(_ text: String) {
        #expect(ConnectTo(text) == nil)
    }
}
