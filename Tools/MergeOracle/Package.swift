// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that nobody who uses the engine builds it. See Scripts/merge-oracle.
let package = Package(
  name: "MergeOracle",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "ll-parallel", path: "../.."),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
  ],
  targets: [
    .executableTarget(
      name: "MergeOracle",
      dependencies: [
        .product(name: "GitEngine", package: "ll-parallel"),
        .product(name: "SystemPackage", package: "swift-system"),
      ])
  ]
)
