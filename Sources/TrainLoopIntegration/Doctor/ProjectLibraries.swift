// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Finds the client libraries of a project by the files of its package managers.
package struct ProjectLibraries: Sendable {
    private let project: String
    /// The folders with Python's packages.
    package let sitePackages: [String]

    /// - Parameter project: the folder of the project, absolute.
    package init(project: String, sitePackages: [String]) {
        self.project = project
        self.sitePackages = sitePackages
    }

    package func find() -> [FoundLibrary] {
        sitePackages.flatMap(python) + node + swift
            + lines("go.mod", .go) + lines("Gemfile.lock", .ruby) + composer + java
    }

    /// The folders with Python's packages: of the active environment and the project's, else of the python3 on PATH.
    package static func sitePackages(project: String, environment: [String: String]) async -> [String] {
        let active = environment["VIRTUAL_ENV"].map { [$0] } ?? []
        let environments = (active + [".venv", "venv", "env"].map { "\(project)/\($0)" }).filter {
            Files.exists("\($0)/pyvenv.cfg")
        }
        let found = ProofTable.unique(environments).flatMap(Self.sitePackages)
        // Only Python itself knows where its packages are: distributions and version managers differ.
        let temporaryFolder = Files.temporaryFolder(environment)
        guard found.isEmpty,
            let python = try? PythonEnvironments(inherited: environment, temporaryFolder: temporaryFolder)
        else { return found }
        let question = "import sysconfig; print(sysconfig.get_path('purelib'))"
        let folder = try? await python.run([python.python, "-c", question], "python3", seconds: 10)
        return folder.map { [$0] } ?? []
    }

    private static func sitePackages(_ prefix: String) -> [String] {
        let versioned = Files.names(in: "\(prefix)/lib").filter { $0.hasPrefix("python3") }
        return versioned.flatMap { version in
            ["site-packages", "dist-packages"].map { "\(prefix)/lib/\(version)/\($0)" }
        }.filter(Files.isFolder)
    }

    private func known(_ ecosystem: KnownLibrary.Ecosystem, _ name: some StringProtocol) -> KnownLibrary? {
        KnownLibrary.all.first { $0.ecosystem == ecosystem && $0.package == name.lowercased() }
    }

    /// The folders such as `openai-1.97.0.dist-info`.
    private func python(_ folder: String) -> [FoundLibrary] {
        Files.names(in: folder).compactMap { name in
            guard name.hasSuffix(".dist-info"), let dash = name.firstIndex(of: "-") else { return nil }
            let package = name[..<dash].replacing("_", with: "-")
            guard let library = known(.python, package) else { return nil }
            let version = name[name.index(after: dash)...].dropLast(".dist-info".count)
            return FoundLibrary(library: library, version: String(version), place: shown(folder))
        }
    }

    private var node: [FoundLibrary] {
        guard let manifest = json("package.json") else { return [] }
        return ["dependencies", "devDependencies"].flatMap { key -> [FoundLibrary] in
            guard case .object(let packages)? = manifest[key] else { return [] }
            return packages.keys.sorted().compactMap { name in
                guard let library = known(.node, name) else { return nil }
                let installed = json("node_modules/\(name)/package.json")?["version"]?.string
                return FoundLibrary(
                    library: library, version: installed ?? packages[name]?.string ?? "", place: "package.json")
            }
        }
    }

    private var swift: [FoundLibrary] {
        (json("Package.resolved")?["pins"]?.elements ?? []).compactMap { pin in
            guard let library = known(.swift, pin["identity"]?.string ?? "") else { return nil }
            return FoundLibrary(
                library: library, version: pin["state"]?["version"]?.string ?? "", place: "Package.resolved")
        }
    }

    private var composer: [FoundLibrary] {
        (json("composer.lock")?["packages"]?.elements ?? []).compactMap { package in
            guard let library = known(.php, package["name"]?.string ?? "") else { return nil }
            return FoundLibrary(library: library, version: package["version"]?.string ?? "", place: "composer.lock")
        }
    }

    private var java: [FoundLibrary] {
        ["pom.xml", "build.gradle", "build.gradle.kts"].flatMap { file -> [FoundLibrary] in
            let text = Files.text("\(project)/\(file)") ?? ""
            return KnownLibrary.all.filter { $0.ecosystem == .java && text.contains($0.package) }
                .map { FoundLibrary(library: $0, version: "", place: file) }
        }
    }

    /// A library for each line that ends in a name and a version.
    private func lines(_ file: String, _ ecosystem: KnownLibrary.Ecosystem) -> [FoundLibrary] {
        (Files.text("\(project)/\(file)") ?? "").split(separator: "\n").compactMap { line in
            let words = line.split { $0.isWhitespace || "()".contains($0) }.filter { $0 != "//" && $0 != "indirect" }
            guard words.count >= 2 else { return nil }
            // From the second major version on a Go module has it behind its name.
            let name = words[words.count - 2].replacing(/\/v[0-9]+$/, with: "")
            guard let library = known(ecosystem, name) else { return nil }
            return FoundLibrary(library: library, version: String(words[words.count - 1]), place: file)
        }
    }

    private func json(_ file: String) -> JSONTree? {
        Files.text("\(project)/\(file)").flatMap { JSONTree(text: $0) }
    }

    private func shown(_ path: String) -> String {
        path.hasPrefix(project + "/") ? String(path.dropFirst(project.count + 1)) : path
    }
}
