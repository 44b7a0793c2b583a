// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// A client library, and the program that uses it: one line of `catalogue.jsonl`.
///
/// docs/integration-tests.md has the keys. In commands and variables `{program}`, `{programs}`, `{repository}`, `{folder}`, `{version}` and `{port}` are
/// replaced.
package struct CatalogueRow: Sendable {
    /// How the program reaches the upstream in a provider's place, without us.
    package enum Reach: String, Sendable {
        /// It obeys HTTPS_PROXY and a variable for certificates.
        case proxy
        /// It obeys no variable: the library of `--inject` leads it, which is also how it is recorded.
        case preload
        /// By another base URL, over HTTP on this machine.
        case plain
    }

    package var name: String
    /// Relative to the folder of programs.
    package var program: String
    /// The versions to prove; none where the version is what the machine has.
    package var versions: [String] = []
    /// What pip installs, or nil when this is no program in Python.
    package var install: [String]?
    /// Plugins of pytest that are installed beside it.
    package var plugins = ["pytest-httpx", "requests-mock"]
    /// The hosts it calls; the first is the one of programs with one base URL.
    package var hosts = ["api.openai.com"]
    package var reach = Reach.proxy
    /// What makes the program ready, once.
    package var build: [String] = []
    package var command: [String] = []
    /// Prints the version of what the machine has.
    package var versionCommand: [String] = []
    /// Options of `trainloop run`.
    package var runOptions: [String] = []
    /// Variables of the run without us.
    package var bareEnvironment: [String: String] = [:]
    /// A line that the run is known to make the runtime say on standard error (docs/run.md).
    package var says: String?
    /// The variable with the key of the real provider.
    package var key: String?
    /// Whether it is a program in Swift that is built with the SDK of this repository, and starts it where it is told to.
    package var hasSDK = false
    /// What a program that posts what it is given can do besides doing so in turn.
    package var scenarios: [Scenario] = []

    package var isPython: Bool { install != nil }
    package var routes: [Route] { isPython || hasSDK ? Route.allCases : [.run] }

    package init(name: String, program: String) {
        self.name = name
        self.program = program
    }

    /// - Throws: a message for people when a key has no such value, or is not known.
    init(_ json: JSONTree) throws(IntegrationError) {
        guard case .object(let members) = json else { throw IntegrationError("it is no JSON object") }
        guard let name = json["name"]?.string, let program = json["program"]?.string else {
            throw IntegrationError("it needs \"name\" and \"program\"")
        }
        self.init(name: name, program: program)
        for (key, value) in members {
            switch key {
            case "name", "program": break
            case "versions": versions = try Self.strings(value, key)
            case "install": install = try Self.strings(value, key)
            case "plugins": plugins = try Self.strings(value, key)
            case "hosts": hosts = try Self.strings(value, key)
            case "build": build = try Self.strings(value, key)
            case "command": command = try Self.strings(value, key)
            case "version": versionCommand = try Self.strings(value, key)
            case "run": runOptions = try Self.strings(value, key)
            case "says": says = value.string
            case "key": self.key = value.string
            case "sdk": hasSDK = value.bool ?? false
            case "scenarios":
                scenarios = try Self.strings(value, key).map { name throws(IntegrationError) in
                    guard let scenario = Scenario(rawValue: name) else {
                        throw IntegrationError("\"\(name)\" is no scenario")
                    }
                    return scenario
                }
            case "reach":
                guard let reach = value.string.flatMap(Reach.init) else {
                    throw IntegrationError("\"reach\" is proxy, preload or plain")
                }
                self.reach = reach
            case "bare":
                guard case .object(let variables) = value else { throw IntegrationError("\"bare\" is an object") }
                bareEnvironment = variables.compactMapValues(\.string)
            default: throw IntegrationError("the key \"\(key)\" is not known")
            }
        }
        if reach == .preload { runOptions.append("--inject") }
        guard isPython || !command.isEmpty else { throw IntegrationError("it needs \"install\" or \"command\"") }
        guard !hosts.isEmpty else { throw IntegrationError("\"hosts\" names at least one") }
    }

    private static func strings(_ value: JSONTree, _ key: String) throws(IntegrationError) -> [String] {
        let strings = value.elements.compactMap(\.string)
        guard case .array(let elements) = value, strings.count == elements.count else {
            throw IntegrationError("\"\(key)\" is an array of strings")
        }
        return strings
    }
}

/// What a person asked for and cannot be done; the message says what to do.
package struct IntegrationError: Error, Sendable, CustomStringConvertible {
    package var message: String
    /// Whether the program that is to be tested is at fault, and not what the machine has: a failure and no skip.
    package var isDefect: Bool

    package init(_ message: String, isDefect: Bool = false) {
        self.message = message
        self.isDefect = isDefect
    }

    package var description: String { message }
}
