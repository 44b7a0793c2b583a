// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopIntegration

@Suite struct CauseTests {
    private func cause(
        _ route: Route, errors: String = "", stats: String? = nil, allowlist: String? = nil, recordCount: Int = 0,
        end: ProgramOutcome.End = .status(0)
    ) -> [String] {
        Cause(
            row: CatalogueRow(name: "openai", program: "p"), route: route,
            outcome: ProgramOutcome(end: end, output: "", errors: errors), stats: stats.flatMap { JSONTree(text: $0) },
            dataFolder: "/data", allowlist: allowlist, recordCount: recordCount, exchangeCount: 1
        ).lines
    }

    // MARK: In process

    @Test func `an SDK that is not collecting is named, with what it said`() {
        let lines = cause(
            .inProcess, errors: "TrainLoop: no call is recorded: the extension cannot be loaded\n",
            stats: #"{"collecting":false}"#)
        #expect(lines.first == "the SDK said: TrainLoop: no call is recorded: the extension cannot be loaded")
        #expect(lines.last?.hasPrefix("the SDK is not collecting") == true)
    }

    @Test func `a host that is not on the list is named, with the list`() {
        let lines = cause(.inProcess, stats: #"{"collecting":true,"seen":0}"#, allowlist: "host.invalid")
        #expect(lines == ["no exchange was seen: api.openai.com is not on the allow-list (host.invalid)"])
    }

    @Test func `where the host is listed, the library is`() {
        let lines = cause(.inProcess, stats: #"{"collecting":true,"seen":0}"#)
        #expect(lines == ["no exchange was seen: the SDK does not reach this version of openai"])
    }

    @Test func `a folder that refuses is named`() {
        let lines = cause(.inProcess, stats: #"{"collecting":true,"seen":1,"recorded":0,"lost":1}"#)
        #expect(lines == ["1 records could not be written: is the data folder /data writable?"])
    }

    @Test func `records that were written and are gone are told`() {
        let lines = cause(.inProcess, stats: #"{"collecting":true,"seen":1,"recorded":1,"lost":0}"#)
        #expect(lines == ["1 records were written, and 0 are there: something has changed the data folder since"])
    }

    @Test func `a program that ended before its time is told`() {
        #expect(
            cause(.inProcess, end: .timedOut(60)) == [
                "it was ended after 60 s; --timeout sets another limit",
                "the program ended before the SDK could tell what it saw",
            ])
    }

    // MARK: By the proxy

    @Test func `a program without a run is told`() {
        #expect(cause(.run).last?.contains("was not run under `trainloop run`") == true)
    }

    @Test func `a client that went past the proxy is told, with what the run said`() {
        let lines = cause(
            .run,
            errors: """
                trainloop: 0 exchanges seen, 0 recorded, 0 unparsed, 1 bypassed -> data
                trainloop: not recorded: python3 to api.openai.com: the client does not trust the certificate

                """)
        #expect(lines.contains("not recorded: python3 to api.openai.com: the client does not trust the certificate"))
        #expect(lines.last?.contains("did not go through the proxy") == true)
    }

    @Test func `what the run wrote and is gone is told`() {
        let lines = cause(.run, errors: "trainloop: 2 exchanges seen, 2 recorded, 0 unparsed, 0 bypassed -> data\n")
        #expect(lines.last == "2 records were written, and 0 are there: something has changed the data folder since")
    }

    @Test func `a dropped record asks for the folder`() {
        let lines = cause(
            .run, errors: "trainloop: 1 exchange seen, 0 recorded, 0 unparsed, 0 bypassed, 1 dropped -> data\n")
        #expect(lines.last == "is the data folder /data writable?")
    }

    // MARK: Modules

    @Test func `a missing module comes with the command that installs it`() {
        let errors = "Traceback\nModuleNotFoundError: No module named 'yaml.nodes'\n"
        #expect(
            Cause.missingModule(errors, nil)
                == "the module yaml.nodes is not installed; install it with: python -m pip install yaml")
        #expect(
            Cause.missingModule("ModuleNotFoundError: No module named 'trainloop_llm_logging'", nil)
                == "the SDK is not there; build it with: make python")
        #expect(Cause.missingModule("NameError: x", nil) == nil)
    }

    @Test func `where every exchange has a record there is nothing to explain`() {
        #expect(cause(.run, recordCount: 1).isEmpty)
    }
}
