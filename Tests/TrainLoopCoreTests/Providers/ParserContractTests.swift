// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopCore

/// One folder under Tests/Fixtures/exchanges/<provider>/: what was sent, what was answered, what must be recorded.
///
/// `request.json` or `.form`, `response.json`, `.sse` or other; `meta.json` with `method`, `secure`, `host`, `port`, `target`,
/// `status`, `requestHeaders`, `responseHeaders`, `end`; `expected.jsonl`, written by `make golden` and read by a human.
struct ExchangeFixture: Sendable, CustomTestStringConvertible {
    let name: String

    static let folder = TestFiles.root + "/Tests/Fixtures/exchanges"

    static let all: [ExchangeFixture] = TestFiles.list(folder).flatMap { provider in
        TestFiles.list(folder + "/" + provider).map { ExchangeFixture(name: provider + "/" + $0) }
    }

    var testDescription: String { name }
    var path: String { Self.folder + "/" + name }

    func script() throws -> ExchangeScript {
        var script = ExchangeScript()
        script.defaultTag = "fixture"
        let request = try #require(TestFiles.list(path).first { $0.hasPrefix("request.") })
        script.request = try #require(TestFiles.read(path + "/" + request))
        if let file = TestFiles.list(path).first(where: { $0.hasPrefix("response.") }) {
            script.response = try #require(TestFiles.read(path + "/" + file))
        }
        guard let meta = TestFiles.read(path + "/meta.json") else { return script }
        let value = try #require(JSONValue(parsing: meta))
        if let method = value["method"]?.string { script.method = method }
        if let isSecure = value["secure"]?.bool { script.isSecure = isSecure }
        if let host = value["host"]?.string { script.host = host }
        if let port = value["port"]?.integer { script.port = UInt16(clamping: port) }
        if let target = value["target"]?.string { script.target = target }
        if let status = value["status"]?.integer { script.status = UInt16(clamping: status) }
        value["requestHeaders"]?.forEachMember { script.requestFields.append(Self.field($0, $1)) }
        value["responseHeaders"]?.forEachMember { script.responseFields.append(Self.field($0, $1)) }
        if value["end"]?.string == "clientClosed" { script.end = .clientClosed }
        if value["end"]?.string == "serverClosed" { script.end = .serverClosed }
        return script
    }

    private static func field(_ name: ArraySlice<UInt8>, _ value: JSONValue) -> HeaderField {
        HeaderField(name: Array(name), value: Array((value.string ?? "").utf8))
    }
}

@Suite struct ParserContractTests {
    /// Pieces as a server sends them: an event at a time.
    private func events(_ bytes: [UInt8]) -> [[UInt8]] {
        var pieces: [[UInt8]] = [[]]
        for byte in bytes {
            pieces[pieces.count - 1].append(byte)
            if byte == 0x0A, pieces[pieces.count - 1].suffix(2).elementsEqual([0x0A, 0x0A]) { pieces.append([]) }
        }
        return pieces.filter { !$0.isEmpty }
    }

    /// Where a body is cut: at every byte, in a debug build at some.
    private func cuts(of count: Int) -> [Int] {
        (0..<count).filter { isOptimized || $0 % 256 == 33 || $0 == 0 || $0 == count - 1 }
    }

    @Test func `there are fixtures for every format`() {
        #expect(ExchangeFixture.all.count >= 50)
    }

    @Test(arguments: ExchangeFixture.all)
    func `the record of an exchange is as expected`(_ fixture: ExchangeFixture) throws {
        let script = try fixture.script()
        let line = script.run(responsePieces: events(script.response), dripMilliseconds: 20)
        script.check(line)
        if TestFiles.environment("TRAINLOOP_GOLDEN") == "1" {
            TestFiles.write(line.bytes, to: fixture.path + "/expected.jsonl")
        }
        let expected = try #require(TestFiles.read(fixture.path + "/expected.jsonl"), "make golden writes it")
        #expect(String(decoding: line.bytes, as: UTF8.self) == String(decoding: expected, as: UTF8.self))
    }

    @Test(arguments: ExchangeFixture.all)
    func `no split of the bytes changes the record`(_ fixture: ExchangeFixture) throws {
        let script = try fixture.script()
        let whole = script.run().bytes
        for pieces in SplitVerifier.splits(
            of: script.response, seeds: 0..<(isOptimized ? 6 : 2), step: isOptimized ? 1 : 64)
        {
            let line = script.run(responsePieces: pieces)
            guard line.bytes != whole else { continue }
            Issue.record("\(fixture.name): \(String(decoding: line.bytes, as: UTF8.self))")
            return
        }
        for pieces in SplitVerifier.splits(of: script.request, seeds: 0..<1, step: isOptimized ? 1 : 64) {
            #expect(script.run(requestPieces: pieces).bytes == whole)
        }
    }

    @Test(arguments: ExchangeFixture.all)
    func `a request cut at any byte still gives a record`(_ fixture: ExchangeFixture) throws {
        var script = try fixture.script()
        let isUnderstood = try script.record().at("api")?.string != "unknown"
        script.limits.requestByteCount = 0
        for count in cuts(of: script.request.count) {
            script.limits.requestByteCount = count
            let line = script.run()
            let value = JSONValue(parsing: line.bytes)
            if !line.isTruncated || value == nil { Issue.record("cut at \(count)") }
            guard count % 32 == 1 else { continue }
            #expect(value?.at("http.requestBytes")?.integer == Int64(script.request.count))
            if isUnderstood, count > 60 { #expect(value?.at("capture.parse")?.string == "partial") }
            script.check(line)
        }
    }

    @Test(arguments: ExchangeFixture.all)
    func `a response cut at any byte still gives a record`(_ fixture: ExchangeFixture) throws {
        var script = try fixture.script()
        let whole = script.response
        script.end = .serverClosed
        for count in cuts(of: whole.count) {
            script.response = Array(whole[..<count])
            let line = script.run()
            if JSONValue(parsing: line.bytes) == nil { Issue.record("cut at \(count)") }
            guard count % 32 == 1 else { continue }
            #expect(JSONValue(parsing: line.bytes)?.at("http.responseBytes")?.integer == Int64(count))
            script.check(line)
        }
    }
}
