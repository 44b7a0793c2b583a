// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioTLS: Target.Dependency = .product(name: "NIOTLS", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "trainloop-benchmarks",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "upstream", targets: ["Upstream"]),
        .executable(name: "load", targets: ["Load"]),
        .executable(name: "sdkbench", targets: ["SDKBench"]),
    ],
    dependencies: [
        .package(name: "trainloop", path: ".."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
    ],
    targets: [
        .target(name: "BenchmarkSupport", dependencies: [nio], swiftSettings: settings),
        .executableTarget(
            name: "Upstream", dependencies: ["BenchmarkSupport", nio, nioPosix, nioSSL, argumentParser],
            swiftSettings: settings),
        .executableTarget(
            name: "Load", dependencies: ["BenchmarkSupport", nio, nioPosix, nioTLS, nioSSL, argumentParser],
            swiftSettings: settings),
        .executableTarget(
            name: "SDKBench", dependencies: [.product(name: "TrainLoop", package: "trainloop")],
            swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)
