package import Quantities

/// Keeps work to a share of one core: after each run it asks for a pause as long as the run was dear.
package struct CoreShare: Sendable {
  /// Largest share of one core, 0 to 1.
  package let share: Double
  private var next: MonotonicInstant?

  package init(share: Double) { self.share = min(max(share, 0.001), 1) }

  /// Whether a run may begin at `now`.
  package func allows(at now: MonotonicInstant) -> Bool { next.map { now >= $0 } ?? true }

  /// Takes in a run that began at `start` and took `cost` of a core's time.
  package mutating func ran(from start: MonotonicInstant, cost: Duration) { next = start + cost / share }
}
