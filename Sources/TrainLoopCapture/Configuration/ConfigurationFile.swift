// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Yams

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The `trainloop:` section of a `trainloop.config.yaml`.
struct ConfigurationFile {
    /// Absolute.
    let path: String
    private let section: Node.Mapping

    /// The file that applies, or nil when there is none.
    static func find(
        _ path: String?, _ environment: [String: String], _ workingDirectory: String
    ) throws(ConfigurationError) -> ConfigurationFile? {
        if let path {
            return try ConfigurationFile(requiredPath: path, workingDirectory, namedBy: "the given configuration file")
        }
        if let path = environment["TRAINLOOP_CONFIG_PATH"], !path.isEmpty {
            return try ConfigurationFile(requiredPath: path, workingDirectory, namedBy: "TRAINLOOP_CONFIG_PATH")
        }
        for name in ["trainloop/trainloop.config.yaml", "trainloop.config.yaml"] {
            let path = absolutePath(name, relativeTo: workingDirectory)
            switch readTextFile(path) {
            case .success(let text): return try ConfigurationFile(path, text)
            case .failure(let error) where error.isAbsence: continue
            case .failure(let error): throw ConfigurationError("cannot read \(path): \(error.message)")
            }
        }
        return nil
    }

    private init(
        requiredPath: String, _ workingDirectory: String, namedBy: String
    ) throws(ConfigurationError) {
        let path = absolutePath(requiredPath, relativeTo: workingDirectory)
        switch readTextFile(path) {
        case .success(let text): try self.init(path, text)
        case .failure(let error): throw ConfigurationError("\(namedBy): cannot read \(path): \(error.message)")
        }
    }

    private init(_ path: String, _ text: String) throws(ConfigurationError) {
        self.path = path
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw ConfigurationError("\(path) is no YAML: \(error)")
        }
        guard let root, let section = root.mapping?["trainloop"] else {
            // A file without our section is the user's own business: nothing in it is for us.
            self.section = Node.Mapping([])
            return
        }
        guard let mapping = section.mapping else {
            guard section.scalar.map({ $0.string.isEmpty || $0.string == "null" }) ?? false else {
                throw ConfigurationError(
                    "\(path): trainloop: must hold keys such as data_folder, one a line, indented.")
            }
            self.section = Node.Mapping([])
            return
        }
        self.section = mapping
    }

    /// The place of a key, for messages: path, line and key.
    func place(_ key: String, line: Int? = nil) -> String {
        let line = line ?? section.first { $0.key.string == key }?.value.mark?.line
        return line.map { "\(path):\($0): \(key)" } ?? "\(path): \(key)"
    }

    /// A scalar as text, or nil when the key is absent or null.
    func string(_ key: String) throws(ConfigurationError) -> String? {
        guard let node = section[key] else { return nil }
        guard let scalar = node.scalar else { throw ConfigurationError("\(place(key)): must be a single value.") }
        return scalar.string.isEmpty || scalar.string == "null" || scalar.string == "~" ? nil : scalar.string
    }

    /// A list of scalars, or one scalar separated by commas; each with its line.
    func list(_ key: String) throws(ConfigurationError) -> [(text: String, line: Int?)]? {
        guard let node = section[key] else { return nil }
        guard let sequence = node.sequence else {
            return try string(key)?.split(separator: ",").map(trimmed).filter { !$0.isEmpty }
                .map { ($0, node.mark?.line) }
        }
        var items: [(String, Int?)] = []
        for item in sequence {
            guard let text = item.scalar?.string else {
                throw ConfigurationError("\(place(key, line: item.mark?.line)): each item must be a host.")
            }
            items.append((trimmed(text[...]), item.mark?.line))
        }
        return items
    }
}

/// Why a file could not be read.
struct FileReadError: Error {
    let errorNumber: Int32
    let message: String

    /// True when there simply is no such file.
    var isAbsence: Bool { errorNumber == ENOENT || errorNumber == ENOTDIR }
}

/// The whole of a small text file; invalid UTF-8 is replaced.
func readTextFile(_ path: String) -> Result<String, FileReadError> {
    func failure() -> Result<String, FileReadError> {
        .failure(FileReadError(errorNumber: errno, message: String(cString: strerror(errno))))
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return failure() }
    defer { _ = close(descriptor) }
    var content: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 16_384)
    while true {
        let count = read(descriptor, &block, block.count)
        if count < 0 {
            guard errno == EINTR else { return failure() }
        } else if count == 0 {
            return .success(String(decoding: content, as: UTF8.self))
        } else {
            content += block[..<count]
        }
    }
}

/// `path` as it is when absolute, else under `folder`; a leading `~` is not expanded, as in TrainLoop 0.9.
package func absolutePath(_ path: String, relativeTo folder: String) -> String {
    if path.hasPrefix("/") { return path }
    var rest = path[...]
    while rest.hasPrefix("./") { rest = rest.dropFirst(2) }
    let base = folder.hasSuffix("/") ? String(folder.dropLast()) : folder
    return rest.isEmpty || rest == "." ? base : "\(base)/\(rest)"
}

func parentFolder(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}

func trimmed(_ text: Substring) -> String {
    var rest = text
    while let first = rest.first, first.isWhitespace { rest.removeFirst() }
    while let last = rest.last, last.isWhitespace { rest.removeLast() }
    return String(rest)
}
