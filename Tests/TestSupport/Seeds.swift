#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// The seeds of generated cases.
public enum Seeds {
  /// The seeds of a test, in portions that run side by side.
  ///
  /// `LL_SEEDS=100-2000` in the environment gives other seeds, `LL_SEEDS=5000` so many.
  public static func portions(_ count: Int, of size: Int = 10) -> [Range<Int>] {
    let seeds = chosen ?? 0..<count
    return stride(from: seeds.lowerBound, to: seeds.upperBound, by: size).map {
      $0..<min($0 + size, seeds.upperBound)
    }
  }

  private static var chosen: Range<Int>? {
    guard let text = getenv("LL_SEEDS").map({ String(cString: $0) }) else { return nil }
    let numbers = text.split(separator: "-").compactMap { Int($0) }
    switch numbers.count {
    case 1: return 0..<numbers[0]
    case 2 where numbers[0] <= numbers[1]: return numbers[0]..<(numbers[1] + 1)
    default: return nil
    }
  }
}
