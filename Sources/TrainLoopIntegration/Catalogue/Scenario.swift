// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// How a program uses its library.
package enum Scenario: String, Sendable, CaseIterable {
    /// A plain and a streamed call that any model can answer, with few tokens: what a real model is asked.
    case smoke
    case plain
    case streamed
    case async
    case toolCall = "tool-call"
    case streamedToolCall = "streamed-tool-call"
    case error
    case retry
    case earlyBreak = "early-break"
    case timeOut = "time-out"
    case cancel
    case largeBody = "large-body"
    case threads
    case fork
    /// The library is imported before the recording begins.
    case preImported = "pre-imported"
    /// The library's clients are made before the recording begins.
    case preBuilt = "pre-built"
    case underPytest = "under-pytest"
    case underUnittest = "under-unittest"

    /// What a run without `--matrix` and `--scenario` does.
    package static let quick: [Scenario] = [.plain, .streamed, .toolCall, .error]

    /// Begun in another way, these run what plain and streamed run, and need no function of their own in a program.
    package var isWayToBegin: Bool {
        switch self {
        case .preImported, .preBuilt, .underPytest, .underUnittest: true
        default: false
        }
    }

    /// Whether the answers may be any model's; the others are asked of the simulator by directives.
    package var suitsAnyModel: Bool { self == .smoke }

    /// Whether a program that posts what it is given must know of it: it does more than to post in turn and read to the end.
    package var needsOwnWay: Bool { [.async, .earlyBreak, .timeOut, .cancel].contains(self) }

    /// Whether it is no matter of the proxy's: how the SDK begins, and why a client went away.
    package var isInProcess: Bool { isWayToBegin || self == .timeOut || self == .cancel }

    /// The requests of a program that posts what it is given, or none where such a program cannot do this.
    package var bodies: [String] {
        switch self {
        case .smoke:
            [
                Self.chat("Say hello.", #", "max_tokens": 16"#),
                Self.chat("Say hello.", #", "max_tokens": 16"# + Self.streams),
            ]
        case .plain: [Self.chat("Grüße 😀"), Self.chat("Hello")]
        case .streamed: [Self.chat("Grüße 😀", Self.streams), Self.chat("[sim:drip=5] Hello", Self.streams)]
        case .toolCall: [Self.chat("[sim:tools] Weather?", Self.tools)]
        case .streamedToolCall: [Self.chat("[sim:tools] Weather?", Self.tools + Self.streams)]
        case .error: ["429", "400", "500"].map { Self.chat("[sim:error=\($0)]") }
        case .async:
            [Self.chat("One"), Self.chat("[sim:gzip] Two"), Self.chat("[sim:drip=5] Three", Self.streams)]
        case .timeOut, .cancel: [Self.chat("[sim:slow=60000]", Self.streams)]
        case .earlyBreak: [Self.chat("[sim:drip=50]", Self.streams)]
        case .largeBody: [Self.chat("[sim:bytes=2500000] " + String(repeating: "long ", count: 200_000))]
        default: []
        }
    }

    private static let streams = #", "stream": true, "stream_options": {"include_usage": true}"#
    private static let tools =
        #", "tools": [{"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}]"#

    private static func chat(_ prompt: String, _ more: String = "") -> String {
        #"{"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "\#(prompt)"}]\#(more)}"#
    }
}

/// How exchanges are seen.
package enum Route: String, Sendable, CaseIterable {
    /// By the SDK, in the program's own process.
    case inProcess = "in-process"
    /// By the proxy of `trainloop run`.
    case run
}
