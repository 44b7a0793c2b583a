// swift-tools-version: 6.2
import PackageDescription

// The extension for Python: the sources of the package above, compiled as Embedded Swift into one small library that needs
// libc only. A package of its own, since what it tells compiler and linker would bar the other from being depended on.

let settings: [SwiftSetting] = [
    .enableExperimentalFeature("Embedded"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// Where Python.h lies; any version from 3.9 on serves, since only the stable ABI of 3.9 is used.
let pythonInclude = Context.environment["TRAINLOOP_PYTHON_INCLUDE"] ?? "/usr/include/python3"

/// What makes the library small: size before speed; all sources in one module of LLVM, which also takes instructions off
/// each call; no tables for exceptions, which nothing throws; a section for each function, so that the linker can leave
/// out what nobody calls; and no check at run time whether two parts of the program change a value at once, which only the
/// one thread that has Python's lock could do.
let small = [
    "-Osize", "-Xfrontend", "-enable-single-module-llvm-emission", "-Xcc", "-fno-asynchronous-unwind-tables",
    "-Xfrontend", "-function-sections", "-enforce-exclusivity=unchecked",
]

/// The names that the sources import, here without content: all sources are one module.
///
/// Every module of Embedded Swift carries a copy of what it uses of those below it (docs/adr/0010).
let modules = ["TrainLoopCore", "TrainLoopJournal", "TrainLoopFront", "TrainLoopGuest"]

let package = Package(
    name: "trainloop-python",
    products: [.library(name: "TrainLoopPython", type: .dynamic, targets: ["TrainLoopPython"])],
    targets: [
        .systemLibrary(name: "CPython"),
        .target(name: "CTrainLoopSystem", exclude: ["DescriptorLimit.c", "PeerProcess.c", "SignalRelay.c"]),
        .target(name: "CTrainLoopFloor"),
        .target(
            name: "TrainLoopPython",
            dependencies: ["CPython", "CTrainLoopSystem", "CTrainLoopFloor"] + modules.map { .target(name: $0) },
            exclude: ["JournalFile.swift", "LineReaders.swift", "StoredRecord.swift"].map { "TrainLoopJournal/\($0)" },
            swiftSettings: settings + [
                // The sources' own warnings are those of the package above; here every import is one too many.
                .unsafeFlags(["-Xcc", "-I\(pythonInclude)", "-suppress-warnings"] + small)
            ],
            linkerSettings: [
                .linkedLibrary("m"),
                .unsafeFlags([
                    "-use-ld=lld", "-Xlinker", "--version-script=\(Context.packageDirectory)/exports.map",
                    "-Xlinker", "-s", "-Xlinker", "--icf=all",
                ]),
            ]),
    ]
        + modules.map { .target(name: $0, path: "Sources/Modules/\($0)", swiftSettings: settings) },
    swiftLanguageModes: [.v6]
)
