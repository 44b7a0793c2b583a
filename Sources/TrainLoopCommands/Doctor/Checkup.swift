// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import TrainLoopCore
import TrainLoopFront
import TrainLoopIntegration

/// Looks for what keeps calls from being recorded, on this machine and in this project.
package struct Checkup {
    package struct Finding: Equatable {
        /// False for what a person should know, and nothing is wrong with.
        package var isWrong: Bool
        package var text: String

        static func wrong(_ text: String) -> Finding { Finding(isWrong: true, text: text) }
        static func fine(_ text: String) -> Finding { Finding(isWrong: false, text: text) }
    }

    private let environment: [String: String]
    /// Absolute.
    private let project: String
    private let sitePackages: [String]

    package init(environment: [String: String], project: String, sitePackages: [String]) {
        self.environment = environment
        self.project = project
        self.sitePackages = sitePackages
    }

    package func findings() -> [Finding] {
        var findings: [Finding] = []
        var hosts: [HostPattern] = DefaultHosts.patterns.compactMap { HostPattern($0) }
        do {
            let configuration = try CaptureConfiguration.load(path: nil, workingDirectory: project) { environment[$0] }
            findings.append(.fine("configuration: \(configuration.file ?? "none, so the defaults")"))
            findings += configuration.notices().map { .wrong($0) }
            findings.append(dataFolder(configuration.dataFolder))
            hosts = configuration.hostAllowlist
            findings.append(.fine("allow-list: \(hosts.count) hosts"))
        } catch {
            findings.append(.wrong("configuration: \(error)"))
        }
        return findings + proxies(hosts) + certificates + baseURLs(hosts) + python + parts
    }

    /// The folder itself, or the nearest above it that is there, must be a folder that can be written.
    private func dataFolder(_ path: String) -> Finding {
        var place = path[...]
        while !Files.exists(String(place)), let slash = place.lastIndex(of: "/"), slash != place.startIndex {
            place = place[..<slash]
        }
        guard Files.isFolder(String(place)) else {
            return .wrong("data folder \(path): \(place) is no folder. Name another with TRAINLOOP_DATA_FOLDER.")
        }
        guard Files.isWritable(String(place)) else {
            return .wrong("data folder \(path): \(place) cannot be written. Change its rights, or name another folder.")
        }
        return .fine("data folder: \(path)")
    }

    private func proxies(_ hosts: [HostPattern]) -> [Finding] {
        var findings = ChildEnvironment.exceptions(inherited: environment, hosts: hosts).map(Finding.wrong)
        if let proxy = value("https_proxy") ?? value("HTTPS_PROXY") {
            findings.append(.fine("HTTPS_PROXY is set: our own connections go by \(withoutCredentials(proxy))"))
        }
        if environment["TRAINLOOP_RUN"] != nil {
            findings.append(
                .wrong("TRAINLOOP_RUN is set: collect() then leaves the recording to `trainloop run`. Unset it."))
        }
        return findings
    }

    private var certificates: [Finding] {
        let names = ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"]
        return names.compactMap { name in
            guard let path = value(name), !Files.isFolder(path) else { return nil }
            guard let text = Files.text(path) else { return .wrong("\(name) names \(path), which cannot be read") }
            return text.contains("-----BEGIN") ? nil : .wrong("\(name) names \(path), which holds no certificate")
        }
    }

    /// A base URL that leads to a host which is not recorded.
    private func baseURLs(_ hosts: [HostPattern]) -> [Finding] {
        ["OPENAI_BASE_URL", "OPENAI_API_BASE", "ANTHROPIC_BASE_URL", "AZURE_OPENAI_ENDPOINT"].compactMap { name in
            guard let url = value(name), let scheme = url.firstRange(of: "://") else { return nil }
            let authority = url[scheme.upperBound...].prefix { $0 != "/" }
            let place = authority.split(separator: "@").last ?? ""
            let parts = place.split(separator: ":")
            let port = parts.count > 1 ? UInt16(parts[1]) : url.hasPrefix("https") ? 443 : 80
            guard let host = parts.first, let port else { return nil }
            let isListed = hosts.contains { $0.matches(host: host.utf8, port: port) }
            return isListed
                ? nil : .wrong("\(name) leads to \(place), which is not on the allow-list. Add it to host_allowlist.")
        }
    }

    /// The Python package and its extension, in each environment.
    private var python: [Finding] {
        sitePackages.flatMap { folder -> [Finding] in
            let package = "\(folder)/trainloop_llm_logging"
            let versions = Files.names(in: folder).filter {
                $0.hasPrefix("trainloop_llm_logging-") && $0.hasSuffix(".dist-info")
            }
            guard Files.isFolder(package) else { return [] }
            if versions.count > 1 {
                return [
                    .wrong(
                        "\(folder) holds the SDK more than once: \(versions.joined(separator: ", ")). Install it anew.")
                ]
            }
            guard Files.exists("\(package)/_recorder.py") else {
                return [.wrong("\(package) is another SDK of that name, not this one. Uninstall it first.")]
            }
            guard Files.names(in: package).contains(where: { $0.hasPrefix("_trainloop.") && $0.hasSuffix(".so") })
            else {
                return [
                    .wrong("\(package) lacks its extension _trainloop, so collect() records nothing. Install it anew.")
                ]
            }
            return [.fine("Python SDK: \(package)")]
        }
    }

    /// What belongs to this program itself.
    private var parts: [Finding] {
        #if os(Linux)
            do {
                return [.fine("the library of --inject: \(try InjectedLibrary.find())")]
            } catch {
                return [.fine("\(error)")]
            }
        #else
            return []
        #endif
    }

    private func value(_ name: String) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    private func withoutCredentials(_ url: String) -> String {
        guard let at = url.lastIndex(of: "@"), let scheme = url.firstRange(of: "://") else { return url }
        return String(url[..<scheme.upperBound] + url[url.index(after: at)...])
    }
}
