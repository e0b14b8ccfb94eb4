// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that nobody who uses the engine builds it. See Scripts/bench.
let package = Package(
  name: "Benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "ll-parallel", path: ".."),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    // Without its interposers: they replace malloc and the runtime's own calls.
    .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
  ],
  targets: [
    // One operation of the engine after the other, timed, for a script that times git beside it.
    .executableTarget(
      name: "EngineTimings",
      dependencies: [
        .product(name: "GitEngine", package: "ll-parallel"),
        .product(name: "SystemPackage", package: "swift-system"),
      ]),
    // What single operations cost, with limits in Thresholds/. See Scripts/benchmark.
    .executableTarget(
      name: "EngineBenchmarks",
      dependencies: [
        .product(name: "Benchmark", package: "benchmark"),
        .product(name: "GitEngine", package: "ll-parallel"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      path: "Benchmarks/EngineBenchmarks",
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
  ]
)
