// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Where things are that programs need.
package struct TestSite: Sendable {
    /// The program `trainloop` itself.
    package var trainloop: String
    /// The folder that holds `trainloop_llm_logging`.
    package var pythonPackage: String
    /// The library of `--inject`; nil where there is none.
    package var injectLibrary: String?
    /// This process's own variables, of which programs get PATH alone.
    package var inherited: [String: String]
    /// Where folders of tests are made.
    package var temporaryFolder: String

    package init(
        trainloop: String, pythonPackage: String, injectLibrary: String?, inherited: [String: String]
    ) {
        self.trainloop = trainloop
        self.pythonPackage = pythonPackage
        self.injectLibrary = injectLibrary
        self.inherited = inherited
        temporaryFolder = Files.temporaryFolder(inherited)
    }

    /// The keys of providers that this process has, whichever they are of.
    var providerKeys: [String] { inherited.filter { $0.key.hasSuffix("_API_KEY") }.map(\.value) }

    var hasPythonExtension: Bool {
        Files.names(in: "\(pythonPackage)/trainloop_llm_logging").contains {
            $0.hasPrefix("_trainloop.") && $0.hasSuffix(".so")
        }
    }
}

/// The variables of a program: how it is told its scenario, and how it finds the upstream.
struct ProgramEnvironment {
    /// Stands in for a key where no real one is needed; the judge looks for its second word.
    static let canary = "sk-canary-matrix-0000000000000000000000000000"

    var site: TestSite
    var upstream: Upstream
    var ready: ReadyClient
    var scenario: Scenario

    var key: String {
        guard upstream.kind == .live, let name = ready.row.key else { return Self.canary }
        return site.inherited[name] ?? ""
    }

    /// What must not be found on a disk: of a live run every key that this process has.
    var secrets: Secrets { upstream.kind == .live ? Secrets(site.providerKeys + [key]) : Secrets(["canary"]) }

    /// What is taken out of all that is told.
    var hidden: Secrets { upstream.kind == .live ? secrets : .none }

    /// Where a program that posts what it is given posts it.
    func url(isPlain: Bool) -> String { "\(base(ready.row.hosts[0], isPlain: isPlain))/v1/chat/completions" }

    /// The addresses that the program calls, and who answers there, as records name it; nil where that is not known.
    func addresses(isPlain: Bool) -> [String: String?] {
        var addresses: [String: String?] = [:]
        for host in ready.row.hosts {
            let base = base(host, isPlain: isPlain)
            addresses.updateValue(base.hasPrefix("https:") ? Upstream.providers[host] : nil, forKey: base)
        }
        return addresses
    }

    private func base(_ host: String, isPlain: Bool) -> String {
        guard isPlain, let port = upstream.plainPorts[host] else { return "https://\(host)" }
        return "http://127.0.0.1:\(port)"
    }

    /// What every run of the program has.
    func common(folder: String, isPlain: Bool) -> [String: String] {
        // Nothing of the developer's own settings (proxies, keys) reaches a program.
        var variables = [
            "PATH": site.inherited["PATH"] ?? "/usr/bin:/bin", "HOME": folder, "LANG": "C.UTF-8",
            "TMPDIR": folder,
        ]
        let row = ready.row
        let base = base(row.hosts[0], isPlain: isPlain)
        if row.isPython {
            variables.merge([
                "PYTHONIOENCODING": "utf-8", "PYTHONPATH": site.pythonPackage, "PYTHONDONTWRITEBYTECODE": "1",
                // LiteLLM would fetch its list of prices from the network when it is imported, and its aiohttp obeys no proxy.
                "LITELLM_LOCAL_MODEL_COST_MAP": "True", "AIOHTTP_TRUST_ENV": "True",
                "TRAINLOOP_MATRIX_CASE": scenario.rawValue, "TRAINLOOP_MATRIX_BASE": base,
                "TRAINLOOP_MATRIX_ANTHROPIC_BASE": self.base("api.anthropic.com", isPlain: isPlain),
                "TRAINLOOP_MATRIX_KEY": key, "TRAINLOOP_MATRIX_LIBRARY": row.name,
                "TRAINLOOP_MATRIX_PROGRAM": row.program.split(separator: "/").last.map { String($0.dropLast(3)) } ?? "",
            ]) { $1 }
        } else {
            variables["TRAINLOOP_TEST_URL"] = url(isPlain: isPlain)
            variables["TRAINLOOP_TEST_KEY"] = key
            variables["TRAINLOOP_TEST_SCENARIO"] = scenario.rawValue
        }
        return variables
    }

    /// How the program finds the upstream without a run of ours.
    ///
    /// - Throws: why it cannot.
    func bare() throws(IntegrationError) -> [String: String] {
        guard upstream.kind != .live, let certificates = upstream.certificateFile else { return [:] }
        let row = ready.row
        var variables: [String: String] = [:]
        for name in ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"] {
            variables[name] = certificates
        }
        let port = upstream.ports[row.hosts[0]] ?? 0
        switch row.reach {
        case .plain: break
        case .proxy:
            for name in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"] {
                variables[name] = "http://127.0.0.1:\(upstream.proxyPort ?? 0)"
            }
            for name in ["NO_PROXY", "no_proxy"] { variables[name] = "localhost,127.0.0.1,::1" }
        case .preload:
            guard let library = site.injectLibrary else {
                throw IntegrationError("the library of --inject is not there: swift build --product trainloop-inject")
            }
            variables["LD_PRELOAD"] = library
            variables["TRAINLOOP_INJECT_PORT"] = "\(port)"
            variables["TRAINLOOP_INJECT_HOSTS"] = row.hosts.joined(separator: ",")
            variables["TRAINLOOP_INJECT_BUNDLE"] = certificates
        }
        let words = ready.words.merging(["port": "\(port)"]) { $1 }
        variables.merge(row.bareEnvironment.mapValues { Workshop.fill($0, words) }) { $1 }
        return variables
    }

    /// The command, for the scenario.
    func command(bodies: [String]) -> [String] {
        guard let python = ready.python else { return ready.command + bodies }
        let folder = ready.command[1].split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
        switch scenario {
        case .underPytest:
            let test = "\(folder)/under_pytest"
            // Its summary of warnings depends on when threads warn; without the plugin they go to stderr, as elsewhere.
            return [
                python, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", "-p", "no:warnings", "--rootdir", test,
                "\(test)/program_as_test.py",
            ]
        case .underUnittest:
            return [
                python, "-m", "unittest", "discover", "-s", "\(folder)/under_unittest", "-p", "program_as_unittest.py",
            ]
        default: return ready.command
        }
    }

    /// `trainloop run` before a command.
    func run(_ command: [String], dataFolder: String) -> [String] {
        var words = [site.trainloop, "run", "--data-folder", dataFolder]
        if let certificates = upstream.certificateFile { words += ["--upstream-ca", certificates] }
        for (host, port) in upstream.ports.sorted(by: { $0.key < $1.key }) {
            words += ["--connect-to", "\(host):443:127.0.0.1:\(port)"]
        }
        return words + ready.row.runOptions + ["--"] + command
    }
}
