/// Picks at most so many of a stream of numbered things, evenly spread, without knowing how many will come: when it
/// has too many it lets every second one go and takes from then on half as often.
public struct EvenPick: Sendable {
  /// What to do about the next thing.
  public struct Action: Sendable, Equatable {
    /// Whether to take it.
    public let takes: Bool
    /// Those taken before that go now.
    public let drops: [Int]
  }

  private let most: Int
  private var stride = 1
  private var taken: [Int] = []

  /// A picker of `most` things, at least 1.
  public init(most: Int) { self.most = max(1, most) }

  /// Decides about the thing number `index`; numbers count from 0 and only grow.
  public mutating func handle(_ index: Int) -> Action {
    var drops: [Int] = []
    while index.isMultiple(of: stride), taken.count >= most {
      stride *= 2
      drops += taken.filter { !$0.isMultiple(of: stride) }
      taken.removeAll { !$0.isMultiple(of: stride) }
      // Only number 0 is a multiple of everything.
      if stride > index { break }
    }
    let takes = index.isMultiple(of: stride) && taken.count < most
    if takes { taken.append(index) }
    return Action(takes: takes, drops: drops)
  }
}
