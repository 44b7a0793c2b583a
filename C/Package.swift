// swift-tools-version: 6.2
import PackageDescription

// The library for other languages: the sources of the package above, compiled as Embedded Swift into one shared library
// that needs libc only. A package of its own for the reason that Python's has (docs/adr/0011).

let settings: [SwiftSetting] = [
    .enableExperimentalFeature("Embedded"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// One module, as in Python/Package.swift; what its sources import are names without content.
let modules = ["TrainLoopCore", "TrainLoopJournal", "TrainLoopFront", "TrainLoopGuest"]

let package = Package(
    name: "trainloop-c",
    products: [.library(name: "trainloop", type: .dynamic, targets: ["TrainLoopABI"])],
    targets: [
        .systemLibrary(name: "CTrainLoop", path: "include"),
        .target(name: "CTrainLoopSystem", exclude: ["PeerProcess.c", "SignalRelay.c"]),
        .target(name: "CTrainLoopFloor"),
        .target(
            name: "TrainLoopABI",
            dependencies: ["CTrainLoop", "CTrainLoopSystem", "CTrainLoopFloor"] + modules.map { .target(name: $0) },
            exclude: ["JournalFile.swift", "LineReaders.swift", "StoredRecord.swift"].map { "TrainLoopJournal/\($0)" },
            // The sources' own warnings are those of the package above; here every import is one too many.
            swiftSettings: settings + [.unsafeFlags(["-suppress-warnings", "-Xfrontend", "-function-sections"])],
            linkerSettings: [
                .linkedLibrary("m"),
                .unsafeFlags([
                    "-use-ld=lld", "-Xlinker", "--version-script=\(Context.packageDirectory)/exports.map",
                    "-Xlinker", "-soname=libtrainloop.so", "-Xlinker", "-z", "-Xlinker", "defs", "-Xlinker", "-s",
                    "-Xlinker", "--icf=all",
                ]),
            ]),
    ]
        + modules.map { .target(name: $0, path: "Sources/Modules/\($0)", swiftSettings: settings) },
    swiftLanguageModes: [.v6]
)
