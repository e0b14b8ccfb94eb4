// swift-tools-version: 6.2
import PackageDescription

/// One set of language settings for every target; Swift 6 mode comes with the tools version.
let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")

let package = Package(
  name: "ll-parallel",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "GitEngine", targets: ["GitEngine"]),
    .executable(name: "ll-parallel", targets: ["ll-parallel"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
  ],
  targets: [
    .systemLibrary(
      name: "CLibGit2",
      pkgConfig: "libgit2",
      providers: [.apt(["libgit2-dev"]), .brew(["libgit2"])]),
    .target(name: "GitEngine", dependencies: ["CLibGit2", system], swiftSettings: settings),
    .target(
      name: "Orchestrator",
      dependencies: [
        "GitEngine", "Yams", system, subprocess,
        .product(name: "DequeModule", package: "swift-collections"),
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "ll-parallel",
      dependencies: [
        "GitEngine", "Orchestrator", system,
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      swiftSettings: settings),
    .target(
      name: "TestSupport",
      dependencies: ["GitEngine", system, subprocess],
      path: "Tests/TestSupport",
      swiftSettings: settings),
    .target(
      name: "RunSupport",
      dependencies: ["GitEngine", "Orchestrator", "TestSupport", system],
      path: "Tests/RunSupport",
      swiftSettings: settings),
    .testTarget(
      name: "GitEngineTests",
      dependencies: ["CLibGit2", "GitEngine", "TestSupport", system],
      swiftSettings: settings),
    .testTarget(
      name: "OrchestratorTests",
      dependencies: ["GitEngine", "Orchestrator", "RunSupport", "TestSupport", system],
      swiftSettings: settings),
    .testTarget(
      name: "CLITests",
      dependencies: [
        "GitEngine", "Orchestrator", "ll-parallel", "RunSupport", "TestSupport", system,
      ],
      swiftSettings: settings),
  ]
)
