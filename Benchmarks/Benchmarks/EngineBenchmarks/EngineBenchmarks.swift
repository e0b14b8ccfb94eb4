import Benchmark
import GitEngine
import SystemPackage

/// Calls and bytes do not depend on how busy the machine is, so they can have limits; `Scripts/bench` measures time.
private let metrics: [BenchmarkMetric] = [
  .readSyscalls, .writeSyscalls, .readBytesLogical, .writeBytesLogical,
]

/// Temporary names and ids have no fixed length, and how threads share work is not always the same.
private func tolerance(of metric: BenchmarkMetric) -> BenchmarkThresholds {
  switch metric {
  case .readSyscalls, .writeSyscalls: BenchmarkThresholds(absolute: [.p90: 20])
  default: BenchmarkThresholds(relative: [.p90: 15.0])
  }
}

nonisolated(unsafe) private var sample: Sample!  // Set by the set-up, before the first measurement.

let benchmarks: @Sendable () -> Void = {
  GitRuntime.configure(
    {
      var options = GitRuntime.Options()
      options.readsUserConfiguration = false
      options.verifiesObjectHashes = false
      return options
    }())
  Benchmark.defaultConfiguration = Benchmark.Configuration(
    metrics: metrics, warmupIterations: 2, maxDuration: .seconds(3), maxIterations: 50,
    thresholds: Dictionary(uniqueKeysWithValues: metrics.map { ($0, tolerance(of: $0)) }))
  Benchmark.startupHook = { sample = try await Sample() }
  Benchmark.shutdownHook = { sample.remove() }

  // Status of 2,000 files.
  Benchmark("status") { benchmark in
    let (repository, place) = (sample.repository, sample.checkout)
    for _ in benchmark.scaledIterations {
      blackHole(try await repository.read(at: place) { try $0.status() })
    }
  }

  // Merge of ten files, clean.
  Benchmark("merge-clean") { benchmark in
    let (repository, ours, theirs) = (sample.repository, sample.topic, sample.other)
    for _ in benchmark.scaledIterations {
      blackHole(try await repository.read { try $0.merge(theirs, into: ours) })
    }
  }

  // Merge of ten files, conflict.
  Benchmark("merge-conflict") { benchmark in
    let (repository, ours, theirs) = (sample.repository, sample.topic, sample.rival)
    for _ in benchmark.scaledIterations {
      blackHole(try await repository.read { try $0.merge(theirs, into: ours) })
    }
  }

  // Changed paths of two commits.
  Benchmark("changes") { benchmark in
    let (repository, one, other) = (sample.repository, sample.topic, sample.other)
    for _ in benchmark.scaledIterations {
      blackHole(
        try await repository.read { try $0.changes(from: $0.tree(of: one), to: $0.tree(of: other)) }
      )
    }
  }

  // Landing of ten files, branch not checked out.
  Benchmark("landing") { benchmark in
    let (repository, main, topic) = (sample.repository, sample.main, sample.topic)
    for _ in benchmark.scaledIterations {
      try await repository.transaction { git in
        _ = try git.land(
          LandingRequest(
            branch: .branch("work"), expected: main, commit: topic, reflogMessage: "landing",
            signature: Sample.me, savedWorkPrefix: ReferenceName("refs/saved/x")))
        try git.updateReference(
          .branch("work"), to: main, from: topic, message: "back", signature: Sample.me)
      }
    }
  }

  // Switch of a checkout, ten files, there and back.
  Benchmark("switch") { benchmark in
    let (repository, place) = (sample.repository, sample.checkout)
    let (main, topic) = (sample.main, sample.topic)
    for _ in benchmark.scaledIterations {
      for commit in [topic, main] {
        _ = try await repository.transaction(at: place) { git in
          try git.switchCheckout(to: .detached(commit), signature: Sample.me)
        }
      }
    }
  }
}
