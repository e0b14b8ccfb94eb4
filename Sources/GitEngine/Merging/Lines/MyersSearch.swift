/// Looks for the middle of a shortest edit script, from both ends of two texts at once.
///
/// A diagonal is the difference of a position in the old text and one in the new text. For each
/// cost, and each diagonal that it reaches, it is known how far one gets.
///
/// Nearly all the time of a comparison goes by here, so it works in buffers of its own: debug
/// builds check each access to them, release builds do not.
struct MyersSearch: ~Copyable {
  /// A part of either text that is to be compared.
  struct Box {
    var old: LineSpan
    var new: LineSpan
    /// Whether the search may take no short cut.
    var isMinimal: Bool
  }

  /// Where to cut a box in two.
  struct Split {
    var old: Int
    var new: Int
    var isStartMinimal = true
    var isEndMinimal = true
  }

  /// A run of common lines that is longer than this is a good sign.
  private static let goodRun = 20
  /// From this cost on a promising way is taken at once.
  private static let patience = 256
  private static let promise = 4

  private let old: UnsafeMutableBufferPointer<Int32>
  private let new: UnsafeMutableBufferPointer<Int32>
  /// The cost at which the search settles for the furthest way.
  private let limit: Int
  private let forward: UnsafeMutableBufferPointer<Int>
  private let backward: UnsafeMutableBufferPointer<Int>
  /// Where the diagonal 0 is in them.
  private let origin: Int

  init(old: [Int32], new: [Int32]) {
    self.old = .copy(of: old)
    self.new = .copy(of: new)
    let diagonals = old.count + new.count + 3
    limit = max(roughSquareRoot(diagonals), Self.patience)
    forward = .copy(of: Array(repeating: 0, count: diagonals + 2))
    backward = .copy(of: Array(repeating: 0, count: diagonals + 2))
    origin = new.count + 1
  }

  deinit {
    old.deallocate()
    new.deallocate()
    forward.deallocate()
    backward.deallocate()
  }

  /// Takes away what a box begins and ends with on both sides.
  func shrink(_ box: inout Box) {
    while box.old.count > 0, box.new.count > 0, old[box.old.start] == new[box.new.start] {
      box.old.start += 1
      box.new.start += 1
    }
    while box.old.count > 0, box.new.count > 0, old[box.old.end - 1] == new[box.new.end - 1] {
      box.old.end -= 1
      box.new.end -= 1
    }
  }

  /// The diagonals that a search has reached from one end.
  private struct Reach {
    let middle: Int
    var lowest: Int
    var highest: Int

    init(_ middle: Int) {
      self.middle = middle
      lowest = middle
      highest = middle
    }

    var diagonals: StrideThrough<Int> { stride(from: highest, through: lowest, by: -2) }

    func contains(_ diagonal: Int) -> Bool { lowest <= diagonal && diagonal <= highest }

    /// Takes in a diagonal more on either side, or one less where the box ends.
    mutating func widen(
      _ positions: UnsafeMutableBufferPointer<Int>, _ origin: Int, in bounds: ClosedRange<Int>,
      outside: Int
    ) {
      if lowest > bounds.lowerBound {
        lowest -= 1
        positions[origin + lowest - 1] = outside
      } else {
        lowest += 1
      }
      if highest < bounds.upperBound {
        highest += 1
        positions[origin + highest + 1] = outside
      } else {
        highest -= 1
      }
    }
  }

  private struct State {
    let box: Box
    var ahead: Reach
    var back: Reach
    var hasGoodRun = false

    init(_ box: Box) {
      self.box = box
      ahead = Reach(box.old.start - box.new.start)
      back = Reach(box.old.end - box.new.end)
    }

    /// Whether the two ways can meet while the one from the start is made longer.
    var isOdd: Bool { (ahead.middle - back.middle) & 1 != 0 }
    /// The diagonals of the box.
    var bounds: ClosedRange<Int> { box.old.start - box.new.end...box.old.end - box.new.start }
  }

  /// Where to cut a box that begins and ends with differences and is empty on no side.
  func split(_ box: Box) throws(GitError) -> Split {
    var state = State(box)
    forward[origin + state.ahead.middle] = box.old.start
    backward[origin + state.back.middle] = box.old.end
    var cost = 0
    while true {
      cost += 1
      if cost & 0xff == 0 { try checkCancellation("compare texts") }
      state.hasGoodRun = false
      state.ahead.widen(forward, origin, in: state.bounds, outside: -1)
      if let meeting = goAhead(&state) { return meeting }
      state.back.widen(backward, origin, in: state.bounds, outside: .max)
      if let meeting = goBack(&state) { return meeting }
      if box.isMinimal { continue }
      if state.hasGoodRun, cost > Self.patience {
        if let split = promisingStart(state, cost) ?? promisingEnd(state, cost) { return split }
      }
      if cost >= limit { return furthest(state) }
    }
  }

  private func goAhead(_ state: inout State) -> Split? {
    let (oldEnd, newEnd) = (state.box.old.end, state.box.new.end)
    for diagonal in state.ahead.diagonals {
      let slot = origin + diagonal
      var i = max(forward[slot - 1] + 1, forward[slot + 1])
      let start = i
      var j = i - diagonal
      while i < oldEnd, j < newEnd, old[i] == new[j] {
        i += 1
        j += 1
      }
      if i - start > Self.goodRun { state.hasGoodRun = true }
      forward[slot] = i
      if state.isOdd, state.back.contains(diagonal), backward[slot] <= i {
        return Split(old: i, new: j)
      }
    }
    return nil
  }

  private func goBack(_ state: inout State) -> Split? {
    let (oldStart, newStart) = (state.box.old.start, state.box.new.start)
    for diagonal in state.back.diagonals {
      let slot = origin + diagonal
      var i = min(backward[slot - 1], backward[slot + 1] - 1)
      let start = i
      var j = i - diagonal
      while i > oldStart, j > newStart, old[i - 1] == new[j - 1] {
        i -= 1
        j -= 1
      }
      if start - i > Self.goodRun { state.hasGoodRun = true }
      backward[slot] = i
      if !state.isOdd, state.ahead.contains(diagonal), i <= forward[slot] {
        return Split(old: i, new: j)
      }
    }
    return nil
  }

  // MARK: Short cuts

  /// A way from the start that got far for its cost and ends in a run of common lines.
  private func promisingStart(_ state: State, _ cost: Int) -> Split? {
    let (box, run) = (state.box, Self.goodRun)
    var best: (value: Int, split: Split)?
    for diagonal in state.ahead.diagonals {
      let i = forward[origin + diagonal]
      let j = i - diagonal
      let value = i - box.old.start + j - box.new.start - abs(diagonal - state.ahead.middle)
      guard value > Self.promise * cost, value > best?.value ?? 0,
        box.old.start + run <= i, i < box.old.end, box.new.start + run <= j, j < box.new.end,
        (1...run).allSatisfy({ old[i - $0] == new[j - $0] })
      else { continue }
      best = (value, Split(old: i, new: j, isEndMinimal: false))
    }
    return best?.split
  }

  /// A way from the end that got far for its cost and ends in a run of common lines.
  private func promisingEnd(_ state: State, _ cost: Int) -> Split? {
    let (box, run) = (state.box, Self.goodRun)
    var best: (value: Int, split: Split)?
    for diagonal in state.back.diagonals {
      let i = backward[origin + diagonal]
      let j = i - diagonal
      let value = box.old.end - i + box.new.end - j - abs(diagonal - state.back.middle)
      guard value > Self.promise * cost, value > best?.value ?? 0,
        box.old.start < i, i <= box.old.end - run, box.new.start < j, j <= box.new.end - run,
        (0..<run).allSatisfy({ old[i + $0] == new[j + $0] })
      else { continue }
      best = (value, Split(old: i, new: j, isStartMinimal: false))
    }
    return best?.split
  }

  /// The end of the way that got furthest, from whichever side.
  private func furthest(_ state: State) -> Split {
    let box = state.box
    var start = (sum: -1, old: -1)
    for diagonal in state.ahead.diagonals {
      var i = min(forward[origin + diagonal], box.old.end)
      if i - diagonal > box.new.end { i = box.new.end + diagonal }
      if start.sum < 2 * i - diagonal { start = (2 * i - diagonal, i) }
    }
    var end = (sum: Int.max, old: Int.max)
    for diagonal in state.back.diagonals {
      var i = max(box.old.start, backward[origin + diagonal])
      if i - diagonal < box.new.start { i = box.new.start + diagonal }
      if 2 * i - diagonal < end.sum { end = (2 * i - diagonal, i) }
    }
    if box.old.end + box.new.end - end.sum < start.sum - box.old.start - box.new.start {
      return Split(old: start.old, new: start.sum - start.old, isEndMinimal: false)
    }
    return Split(old: end.old, new: end.sum - end.old, isStartMinimal: false)
  }
}

extension UnsafeMutableBufferPointer where Element: BitwiseCopyable {
  /// A buffer with the elements of an array; the caller frees it.
  fileprivate static func copy(of elements: [Element]) -> Self {
    let buffer = allocate(capacity: elements.count)
    _ = buffer.initialize(from: elements)
    return buffer
  }
}
