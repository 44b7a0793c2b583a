// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The library that `--inject` preloads.
enum InjectedLibrary {
    static let fileName = "libtrainloop-inject.so"

    /// Finds the library beside the program, or in `../lib` from there.
    static func find() throws(RunError) -> String {
        #if os(Linux)
            let program = ExecutablePath.current
            let folder = program.lastIndex(of: "/").map { String(program[..<$0]) } ?? "."
            let places = ["\(folder)/\(fileName)", "\(folder)/../lib/\(fileName)"]
            guard let path = places.first(where: { access($0, R_OK) == 0 }) else {
                throw RunError(
                    "--inject needs \(fileName) beside the program (\(folder)); build it with: "
                        + "swift build --product trainloop-inject")
            }
            guard !path.contains(where: { $0 == " " || $0 == ":" }) else {
                throw RunError("--inject: the loader cannot take a path with a space or a colon: \(path)")
            }
            return path
        #else
            throw RunError("--inject works on Linux only")
        #endif
    }
}
