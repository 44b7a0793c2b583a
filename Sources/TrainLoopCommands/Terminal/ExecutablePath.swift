// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Where this program itself lies.
enum ExecutablePath {
    /// The program's file.
    static var current: String {
        var buffer = [CChar](repeating: 0, count: 4096)
        #if canImport(Darwin)
            var capacity = UInt32(buffer.count)
            guard _NSGetExecutablePath(&buffer, &capacity) == 0 else {
                return CommandLine.arguments.first ?? "trainloop"
            }
        #else
            guard readlink("/proc/self/exe", &buffer, buffer.count - 1) > 0 else {
                return CommandLine.arguments.first ?? "trainloop"
            }
        #endif
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// What a person types to run it again.
    static var shown: String {
        let name = CommandLine.arguments.first ?? "trainloop"
        return name.contains("/.build/") ? "swift run trainloop" : name
    }
}
