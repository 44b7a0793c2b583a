// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import CTrainLoopSystem
import TrainLoopCore

/// The `trainloop:` section of a `trainloop.config.yaml`.
struct ConfigurationFile {
    /// Absolute.
    let path: String
    private let section: YAMLSection

    /// The file that applies, or nil when there is none.
    static func find(
        _ path: String?, _ environment: (String) -> String?, _ workingDirectory: String
    ) throws(ConfigurationError) -> ConfigurationFile? {
        if let path {
            return try ConfigurationFile(requiredPath: path, workingDirectory, namedBy: "the given configuration file")
        }
        if let path = environment("TRAINLOOP_CONFIG_PATH"), !path.isEmpty {
            return try ConfigurationFile(requiredPath: path, workingDirectory, namedBy: "TRAINLOOP_CONFIG_PATH")
        }
        for name in ["trainloop/trainloop.config.yaml", "trainloop.config.yaml"] {
            let path = absolutePath(name, relativeTo: workingDirectory)
            switch readSmallFile(path) {
            case .success(let content): return try ConfigurationFile(path, content)
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
        switch readSmallFile(path) {
        case .success(let content): try self.init(path, content)
        case .failure(let error): throw ConfigurationError("\(namedBy): cannot read \(path): \(error.message)")
        }
    }

    private init(_ path: String, _ content: [UInt8]) throws(ConfigurationError) {
        self.path = path
        do {
            section = try YAMLSection("trainloop", in: content)
        } catch {
            throw ConfigurationError("\(path):\(error.line): \(error.message)")
        }
    }

    /// The folder that relative ones are relative to; nil where the file is a pipe of a shell, which lies in none of the user's.
    var folder: String? {
        // Not all of /dev: /dev/shm has files of people.
        for place in ["/dev/fd/", "/dev/stdin", "/proc/"] where path.utf8.starts(with: place.utf8) { return nil }
        return parentFolder(path)
    }

    /// What has no effect, a line each, for people.
    ///
    /// - Parameter settings: the keys that have one.
    func notices(settings: [StaticString]) -> [String] {
        guard section.isPresent else { return ["\(path) has no section trainloop:, so nothing of it is used"] }
        var notices: [String] = []
        for (key, line) in section.keys where !settings.contains(where: { key.isEqual($0) }) {
            let known = settings.map { "\($0)" }.joined(separator: ", ")
            notices.append("\(path):\(line): \(key) is no setting, and has no effect; there are \(known)")
        }
        return notices
    }

    /// The place of a key, for messages: path, line and key.
    func place(_ key: StaticString, line: Int? = nil) -> String {
        guard let line = line ?? section[key]?.line else { return "\(path): \(key)" }
        return "\(path):\(line): \(key)"
    }

    /// A scalar as text, or nil when the key is absent or null.
    func string(_ key: StaticString) throws(ConfigurationError) -> String? {
        guard let entry = section[key] else { return nil }
        guard case .scalar(let text) = entry.value else {
            throw ConfigurationError("\(place(key)): must be a single value.")
        }
        return text.isEmpty || text.isEqual("null") || text.isEqual("~") ? nil : text
    }

    /// A list of scalars, or one scalar separated by commas; each with its line.
    func list(_ key: StaticString) throws(ConfigurationError) -> [(text: String, line: Int)]? {
        guard let entry = section[key] else { return nil }
        switch entry.value {
        case .list(let items): return items.map { (trimmed($0.text.utf8[...]), $0.line) }
        case .scalar:
            return try string(key).map { text in commaSeparated(text).map { ($0, entry.line) } }
        case .other: throw ConfigurationError("\(place(key)): must be a list of hosts.")
        }
    }
}

/// Why a file could not be read.
struct FileReadError: Error {
    let errorNumber: Int32
    let message: String

    /// True when there simply is no such file (ENOENT, ENOTDIR).
    var isAbsence: Bool { errorNumber == 2 || errorNumber == 20 }
}

/// The whole of a small file.
func readSmallFile(_ path: String) -> Result<[UInt8], FileReadError> {
    func failure(_ number: Int32) -> Result<[UInt8], FileReadError> {
        .failure(FileReadError(errorNumber: number, message: String(cString: trainloop_error_text(number))))
    }
    let descriptor = trainloop_open_read(path)
    guard descriptor >= 0 else { return failure(-descriptor) }
    defer { trainloop_close(descriptor) }
    var content: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 16_384)
    while true {
        // In order and once: what a shell makes of <(...) is a pipe.
        let count = trainloop_read(descriptor, &block, Int64(block.count))
        guard count >= 0 else { return failure(Int32(-count)) }
        guard count > 0 else { return .success(content) }
        content += block[..<Int(count)]
    }
}

/// `path` as it is when absolute, else under `folder`; a leading `~` is not expanded, as in TrainLoop 0.9.
package func absolutePath(_ path: String, relativeTo folder: String) -> String {
    let slash = UInt8(ascii: "/")
    let dot = UInt8(ascii: ".")
    if path.utf8.first == slash { return path }
    var rest = path.utf8[...]
    while rest.first == dot, rest.dropFirst().first == slash { rest = rest.dropFirst(2) }
    let base = folder.utf8.last == slash ? String(decoding: folder.utf8.dropLast(), as: UTF8.self) : folder
    let isFolderItself = rest.isEmpty || rest.count == 1 && rest.first == dot
    return isFolderItself ? base : "\(base)/\(String(decoding: rest, as: UTF8.self))"
}

func parentFolder(_ path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.utf8.startIndex ? "/" : String(decoding: path.utf8[..<slash], as: UTF8.self)
}

/// The parts between commas, without white space around them and without empty ones.
func commaSeparated(_ text: String) -> [String] {
    text.utf8.split(separator: UInt8(ascii: ",")).map { trimmed($0) }.filter { !$0.isEmpty }
}

func trimmed(_ text: Substring.UTF8View) -> String {
    var rest = text
    while let first = rest.first, first.isBlank { rest = rest.dropFirst() }
    while let last = rest.last, last.isBlank { rest = rest.dropLast() }
    return String(decoding: rest, as: UTF8.self)
}

extension UInt8 {
    fileprivate var isBlank: Bool { self == 0x20 || 0x09...0x0d ~= self }
}

extension String {
    /// Compared byte by byte: Embedded Swift has no Unicode tables, and no word here needs them.
    func isEqual(_ word: StaticString) -> Bool {
        utf8.elementsEqual(UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
    }
}
