// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Where the catalogue and the programs lie: the folder `Integration` of the repository, or a copy of it.
package enum IntegrationFolder {
    /// The first of: what is named, TRAINLOOP_INTEGRATION, `Integration` in the working directory or above it,
    /// `../share/trainloop/Integration` from the program, `Integration` in a folder above the program (a build folder).
    ///
    /// - Throws: where it was looked for.
    package static func find(
        named: String?, environment: [String: String], workingDirectory: String, executable: String
    ) throws(IntegrationError) -> String {
        if let named = named ?? environment["TRAINLOOP_INTEGRATION"], !named.isEmpty {
            let path = named.hasPrefix("/") ? named : "\(workingDirectory)/\(named)"
            guard isIntegration(path) else { throw IntegrationError("\(path) holds no \(Catalogue.fileName)") }
            return path
        }
        let program = parents(of: executable).dropFirst()
        let places =
            parents(of: workingDirectory).map { "\($0)/Integration" }
            + program.prefix(1).map { "\($0)/../share/trainloop/Integration" } + program.map { "\($0)/Integration" }
        guard let place = places.first(where: isIntegration) else {
            throw IntegrationError(
                "the folder Integration, with \(Catalogue.fileName) and the programs, is neither in \(workingDirectory) or "
                    + "above it nor by \(executable): name it by --programs, from a clone of the repository")
        }
        return place
    }

    private static func isIntegration(_ folder: String) -> Bool { Files.exists("\(folder)/\(Catalogue.fileName)") }

    /// The path itself, and each folder above it.
    private static func parents(of path: String) -> [String] {
        let names = path.split(separator: "/")
        return (0..<names.count).map { "/" + names.dropLast($0).joined(separator: "/") }
    }
}
