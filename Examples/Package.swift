// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]
let engine = Target.Dependency.product(name: "GitEngine", package: "ll-parallel")
let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")

/// Programs that embed GitEngine, each in one file; the tests build and run them.
let package = Package(
  name: "Examples",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "ll-parallel", path: ".."),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
  ],
  targets: [
    .executableTarget(
      name: "conflict-report", dependencies: [engine, system], swiftSettings: settings),
    .executableTarget(
      name: "switch-carrying", dependencies: [engine, system], swiftSettings: settings),
  ]
)
