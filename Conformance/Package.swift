// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

// The core's own sources and the content decoders' (links), so that the runner builds without the dependencies of the root package.
let package = Package(
    name: "trainloop-conformance",
    platforms: [.macOS(.v15)],
    targets: [
        .systemLibrary(name: "CTrainLoopZlib"),
        .target(name: "TrainLoopCore", swiftSettings: settings),
        .target(name: "Corpus", dependencies: ["TrainLoopCore", "CTrainLoopZlib"], swiftSettings: settings),
        .target(name: "Decoding", dependencies: ["CTrainLoopZlib"], swiftSettings: settings),
        .executableTarget(
            name: "Conformance", dependencies: ["Corpus", "Decoding", "TrainLoopCore"], swiftSettings: settings),
        .executableTarget(name: "CoreBench", dependencies: ["Corpus", "TrainLoopCore"], swiftSettings: settings),
        .testTarget(
            name: "ConformanceTests", dependencies: ["Conformance", "Corpus", "TrainLoopCore"],
            swiftSettings: settings),
        // The core's tests as well, so that `make core-test` tries what the optimizer makes of it.
        .testTarget(name: "TrainLoopCoreTests", dependencies: ["TrainLoopCore"], swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)
