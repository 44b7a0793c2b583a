// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import CTrainLoopSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What this process was given by the one that started it, so that a child can be given the same.
///
/// Capture it before anything else: libraries open descriptors and change signals.
package struct ProcessHeritage: Sendable {
    /// `NAME=VALUE`, as bytes: a value need not be UTF-8.
    package var environment: [[UInt8]]
    /// The command line, as bytes, with the program's own name first.
    package var arguments: [[UInt8]]
    /// Open descriptors above 2, such as a shell's `3< file` or `<(command)`.
    package var descriptors: Set<Int32>
    /// Signals that were ignored, as `nohup` does with SIGHUP.
    package var ignoredSignals: Set<Int32>
    /// How many descriptors may be open; nil where that is not known.
    package var descriptorLimit: UInt64?

    /// Reads the state of this process as it is now.
    package static func capture() -> ProcessHeritage {
        ProcessHeritage(
            environment: strings(trainloop_environment()),
            arguments: strings(CommandLine.unsafeArgv),
            descriptors: Set(openDescriptors()),
            ignoredSignals: Set((1...31).filter { trainloop_signal_is_ignored($0) != 0 }),
            descriptorLimit: [trainloop_descriptor_limit()].first { $0 > 0 })
    }

    /// The environment as text; values that are not UTF-8 are repaired, and of several of one name the first counts.
    package var variables: [String: String] {
        Dictionary(
            environment.compactMap { entry in
                guard let equals = entry.firstIndex(of: UInt8(ascii: "=")) else { return nil }
                let value = entry[(equals + 1)...]
                return (String(decoding: entry[..<equals], as: UTF8.self), String(decoding: value, as: UTF8.self))
            }, uniquingKeysWith: { first, _ in first })
    }

    /// The environment with some variables set; all others stay byte for byte as they are.
    package func environment(setting changes: [String: String]) -> [[UInt8]] {
        let kept = environment.filter { entry in
            let name = String(decoding: entry.prefix { $0 != UInt8(ascii: "=") }, as: UTF8.self)
            return changes[name] == nil
        }
        return kept + changes.sorted { $0.key < $1.key }.map { Array("\($0.key)=\($0.value)".utf8) }
    }

    /// The descriptors above 2 that are open at present.
    static func openDescriptors() -> [Int32] {
        guard let directory = opendir("/dev/fd") else { return [] }
        defer { closedir(directory) }
        let own = dirfd(directory)
        var found: [Int32] = []
        while let entry = readdir(directory) {
            // By its place, not as a value: an entry may be shorter than the array that its type declares.
            let place = UnsafeRawPointer(entry) + (MemoryLayout<dirent>.offset(of: \.d_name) ?? 0)
            let name = String(cString: place.assumingMemoryBound(to: CChar.self))
            if let descriptor = Int32(name), descriptor > 2, descriptor != own { found.append(descriptor) }
        }
        return found
    }
}

private func strings(_ list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> [[UInt8]] {
    guard let list else { return [] }
    var found: [[UInt8]] = []
    while let string = list[found.count] {
        found.append(Array(UnsafeBufferPointer(start: string, count: strlen(string))).map(UInt8.init(bitPattern:)))
    }
    return found
}
