// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioConcurrency: Target.Dependency = .product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let nioTLS: Target.Dependency = .product(name: "NIOTLS", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let serviceLifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let asyncHTTPClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let tracing: Target.Dependency = .product(name: "Tracing", package: "swift-distributed-tracing")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")

let package = Package(
    name: "trainloop",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "trainloop", targets: ["TrainLoopMain"]),
        .library(name: "TrainLoopCore", targets: ["TrainLoopCore"]),
        .library(name: "TrainLoop", targets: ["TrainLoop"]),
        .library(name: "TrainLoopAsyncHTTPClient", targets: ["TrainLoopAsyncHTTPClient"]),
        .library(name: "TrainLoopServiceLifecycle", targets: ["TrainLoopServiceLifecycle"]),
        .library(name: "TrainLoopTesting", targets: ["TrainLoopTesting", "TrainLoopSwiftTesting"]),
        .library(name: "trainloop-inject", type: .dynamic, targets: ["CTrainLoopInject"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.0"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.3.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.30.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Floor 0: what Swift cannot reach of the C library, and system libraries.
        .target(name: "CTrainLoopSystem"),
        .systemLibrary(name: "CTrainLoopZlib"),
        .target(name: "CTrainLoopInject"),

        // Floor 1: bytes to meaning, without IO.
        .target(name: "TrainLoopCore", swiftSettings: settings),

        // Floor 2: the only target that touches the data folder.
        .target(
            name: "TrainLoopJournal", dependencies: ["TrainLoopCore", "CTrainLoopSystem"], swiftSettings: settings),

        // Floor 3: what both doors share.
        .target(
            name: "TrainLoopFront", dependencies: ["TrainLoopCore", "TrainLoopJournal", "CTrainLoopSystem"],
            swiftSettings: settings),

        // Floor 3: the door of the fronts, the questions of the readers, the certificates of both ends of the proxy.
        .target(
            name: "TrainLoopCapture",
            dependencies: [
                "TrainLoopCore", "TrainLoopJournal", "TrainLoopFront", "CTrainLoopZlib", "CTrainLoopSystem",
            ],
            swiftSettings: settings),
        // The door for other languages: synchronous, without locks and threads; also compiles as Embedded Swift.
        .target(
            name: "TrainLoopGuest",
            dependencies: ["TrainLoopCore", "TrainLoopJournal", "TrainLoopFront", "CTrainLoopSystem"],
            swiftSettings: settings),
        .target(name: "TrainLoopQuery", dependencies: ["TrainLoopCore", "TrainLoopJournal"], swiftSettings: settings),
        .target(
            name: "TrainLoopCertificates",
            dependencies: [
                nio, nioSSL,
                .product(name: "X509", package: "swift-certificates"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: settings),

        // Floor 4: fronts, and what tests need.
        .target(
            name: "TrainLoopProxy",
            dependencies: [
                "TrainLoopCore", "TrainLoopFront", "TrainLoopCapture", "TrainLoopCertificates", "CTrainLoopSystem",
                nio, nioPosix, nioTLS, nioSSL, serviceLifecycle, logging,
            ],
            swiftSettings: settings),
        .target(
            name: "TrainLoopTesting",
            dependencies: [
                "TrainLoopCore", "TrainLoopCertificates", "CTrainLoopZlib",
                nio, nioPosix, nioConcurrency, nioHTTP1, nioSSL,
            ],
            swiftSettings: settings),

        .target(
            name: "TrainLoop",
            dependencies: ["TrainLoopCore", "TrainLoopFront", "TrainLoopCapture"],
            swiftSettings: settings),
        .target(
            name: "TrainLoopAsyncHTTPClient",
            dependencies: [
                "TrainLoop", "TrainLoopCore", "TrainLoopCapture", asyncHTTPClient, nio, nioPosix, nioHTTP1, nioSSL,
                logging, tracing,
            ],
            swiftSettings: settings),
        .target(
            name: "TrainLoopServiceLifecycle", dependencies: ["TrainLoop", serviceLifecycle], swiftSettings: settings),
        .target(
            name: "TrainLoopSwiftTesting", dependencies: ["TrainLoop", "TrainLoopCore", "TrainLoopCapture"],
            swiftSettings: settings),

        // Floor 5: the proof of capture, and the commands.
        .target(
            name: "TrainLoopIntegration",
            dependencies: [
                "TrainLoopCore", "TrainLoopJournal", "TrainLoopFront", "TrainLoopQuery", "TrainLoopCertificates",
                "TrainLoopTesting", nio, nioPosix, nioSSL,
            ],
            swiftSettings: settings),
        .target(
            name: "TrainLoopCommands",
            dependencies: [
                "TrainLoopCore", "TrainLoopJournal", "TrainLoopFront", "TrainLoopCapture", "TrainLoopQuery",
                "TrainLoopCertificates", "TrainLoopProxy", "TrainLoopTesting", "TrainLoopIntegration",
                "CTrainLoopSystem",
                argumentParser, serviceLifecycle, logging,
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: settings),

        // Floor 6: main.
        .executableTarget(name: "TrainLoopMain", dependencies: ["TrainLoopCommands"], swiftSettings: settings),

        // The programs in Swift of the proof of capture, which are built here so that they share what is built.
        .target(
            name: "ProgramSupport", dependencies: ["TrainLoop"], path: "Integration/programs/ProgramSupport",
            swiftSettings: settings),
        .executableTarget(
            name: "URLSessionProgram", dependencies: ["TrainLoop", "ProgramSupport"],
            path: "Integration/programs/URLSessionProgram", swiftSettings: settings),
        .executableTarget(
            name: "AsyncHTTPClientProgram",
            dependencies: ["TrainLoop", "TrainLoopAsyncHTTPClient", "ProgramSupport", asyncHTTPClient, nio, nioHTTP1],
            path: "Integration/programs/AsyncHTTPClientProgram", swiftSettings: settings),

        // An example that is tested here.
        .target(
            name: "OpenAPITransportExample", dependencies: ["TrainLoop", httpTypes], path: "Examples/OpenAPITransport",
            swiftSettings: settings),

        // What the tests share.
        .target(name: "TrainLoopTestSupport", path: "Tests/TrainLoopTestSupport", swiftSettings: settings),

        .testTarget(name: "TrainLoopCoreTests", dependencies: ["TrainLoopCore"], swiftSettings: settings),
        .testTarget(
            name: "TrainLoopJournalTests",
            dependencies: ["TrainLoopCore", "TrainLoopJournal", "TrainLoopTestSupport", "CTrainLoopSystem"],
            swiftSettings: settings),
        .testTarget(
            name: "TrainLoopFrontTests",
            dependencies: ["TrainLoopCore", "TrainLoopFront", "TrainLoopTestSupport", "Yams"],
            swiftSettings: settings),
        .testTarget(
            name: "TrainLoopGuestTests",
            dependencies: ["TrainLoopCore", "TrainLoopFront", "TrainLoopGuest", "TrainLoopTestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "TrainLoopCaptureTests",
            dependencies: [
                "TrainLoopCore", "TrainLoopJournal", "TrainLoopFront", "TrainLoopCapture", "TrainLoopTestSupport",
                "CTrainLoopZlib",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "TrainLoopQueryTests",
            dependencies: ["TrainLoopCore", "TrainLoopJournal", "TrainLoopQuery", "TrainLoopTestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "TrainLoopProxyTests",
            dependencies: [
                "CTrainLoopSystem", "TrainLoopCore", "TrainLoopJournal", "TrainLoopFront", "TrainLoopCapture",
                "TrainLoopCertificates", "TrainLoopProxy", "TrainLoopTesting", "TrainLoopTestSupport", logging, nio,
                nioPosix, nioSSL,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "TrainLoopTestingTests",
            dependencies: [
                "TrainLoopCore", "TrainLoopCertificates", "TrainLoopTesting", "TrainLoopTestSupport", nio, nioPosix,
                nioHTTP1, nioSSL,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "TrainLoopIntegrationTests", dependencies: ["TrainLoopIntegration", "TrainLoopTestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "TrainLoopSDKTests",
            dependencies: [
                "TrainLoop", "TrainLoopServiceLifecycle", "TrainLoopSwiftTesting", "TrainLoopTesting", "TrainLoopCore",
                "TrainLoopTestSupport", "OpenAPITransportExample", httpTypes, serviceLifecycle, logging,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "TrainLoopAsyncHTTPClientTests",
            dependencies: [
                "TrainLoop", "TrainLoopAsyncHTTPClient", "TrainLoopSwiftTesting", "TrainLoopTesting",
                asyncHTTPClient, nio, nioPosix, nioHTTP1, logging, tracing,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "TrainLoopCommandsTests",
            dependencies: [
                "TrainLoopCore", "TrainLoopJournal", "TrainLoopFront", "TrainLoopCapture", "TrainLoopQuery",
                "TrainLoopCertificates", "TrainLoopCommands", "TrainLoopProxy", "TrainLoopTesting",
            ],
            swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)
