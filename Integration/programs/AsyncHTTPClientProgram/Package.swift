// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "client",
    dependencies: [.package(url: "https://github.com/swift-server/async-http-client", from: "1.24.0")],
    targets: [
        .executableTarget(
            name: "Client", dependencies: [.product(name: "AsyncHTTPClient", package: "async-http-client")])
    ]
)
