import Testing

@testable import Orchestrator

/// The rule of who may go, over random sequences and at its corners.
@Suite struct SetupMergeGateTests {
  /// Whoever asks gets their turn once, and at no time do a landing and anything else run together.
  @Test(arguments: 0..<50) func holdsOverRandomSequences(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var model = Model()
    for _ in 0..<400 { model.step(&random) }
    model.finish(&random)
    #expect(model.problems == [])
    #expect(model.granted == model.asked)
    #expect(model.mergeOrder == model.mergeOrder.sorted())
  }

  @Test func setupsRunSideBySide() {
    var gate = SetupMergeGate()
    #expect(gate.requestSetup(1) == [.setup(1)])
    #expect(gate.requestSetup(2) == [.setup(2)])
    #expect(gate.runningSetups == 2)
    #expect(gate.requestMerge(3) == [])
    #expect(gate.endSetup() == [])
    #expect(gate.endSetup() == [.merge(3)])
  }

  @Test func queuedLandingKeepsNewSetupsOut() {
    var gate = SetupMergeGate()
    _ = gate.requestSetup(1)
    _ = gate.requestMerge(2)
    #expect(gate.requestSetup(3) == [], "it would delay the landing for ever")
    _ = gate.endSetup()
    #expect(gate.isMerging)
    #expect(gate.endMerge() == [.setup(3)])
  }

  @Test func landingsGoOneAtATimeBeforeAnySetup() {
    var gate = SetupMergeGate()
    #expect(gate.requestMerge(1) == [.merge(1)])
    #expect(gate.requestMerge(2) == [])
    #expect(gate.requestSetup(3) == [])
    #expect(gate.requestSetup(4) == [])
    #expect(gate.endMerge() == [.merge(2)])
    #expect(gate.endMerge() == [.setup(3), .setup(4)])
  }
}

/// What a gate was asked and granted, with the invariants checked at each step.
private struct Model {
  var gate = SetupMergeGate()
  var next = 0
  var setups: Set<Int> = []
  var waitingMerges: [Int] = []
  var merging: Int?
  var asked: Set<Int> = []
  var granted: Set<Int> = []
  var mergeOrder: [Int] = []
  var problems: [String] = []

  mutating func step(_ random: inout SeededGenerator) {
    switch Int.random(in: 0..<4, using: &random) {
    case 0: ask { $0.requestSetup($1) }
    case 1:
      waitingMerges.append(next)
      ask { $0.requestMerge($1) }
    case 2: endSetup(&random)
    default: endMerge()
    }
  }

  mutating func finish(_ random: inout SeededGenerator) {
    while !setups.isEmpty || merging != nil {
      endSetup(&random)
      endMerge()
    }
  }

  private mutating func ask(_ request: (inout SetupMergeGate, Int) -> [SetupMergeGate.Grant]) {
    asked.insert(next)
    take(request(&gate, next))
    next += 1
  }

  private mutating func endSetup(_ random: inout SeededGenerator) {
    guard let one = setups.sorted().randomElement(using: &random) else { return }
    setups.remove(one)
    take(gate.endSetup())
  }

  private mutating func endMerge() {
    guard merging != nil else { return }
    merging = nil
    take(gate.endMerge())
  }

  private mutating func take(_ grants: [SetupMergeGate.Grant]) {
    for grant in grants {
      switch grant {
      case .setup(let id):
        if merging != nil || !waitingMerges.isEmpty { problems.append("set-up \(id) may not go") }
        if !granted.insert(id).inserted { problems.append("\(id) went twice") }
        setups.insert(id)
      case .merge(let id):
        if merging != nil || !setups.isEmpty { problems.append("landing \(id) may not go") }
        if !granted.insert(id).inserted { problems.append("\(id) went twice") }
        waitingMerges.removeAll { $0 == id }
        mergeOrder.append(id)
        merging = id
      }
    }
    // Nobody waits for nothing.
    let isIdle = merging == nil && setups.isEmpty
    if isIdle, granted != asked { problems.append("idle while somebody waits") }
    if gate.isMerging != (merging != nil) || gate.runningSetups != setups.count {
      problems.append("the gate counts otherwise")
    }
  }
}

/// Numbers that are the same in each run of the test.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  // SplitMix64.
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}
