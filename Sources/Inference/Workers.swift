import CKernels
import Foundation
import Synchronization

/// A step whose work falls into parts that may run at the same time.
package protocol PartitionedStep: Step {
  /// How many parts there are; at least 1.
  var parts: Int { get }
  /// Roughly how long all parts take on one core; a few microseconds are not worth sharing.
  var nanoseconds: Int { get }
  func run(_ range: Range<Int>)
}

extension PartitionedStep {
  package func run() { run(0..<parts) }
}

/// Threads that help with the parts of steps. They spin between the steps of a run and sleep between runs.
///
/// One word holds the number of the current step and of its next free part, so that a helper that comes late can never
/// take a part of a step that is over. The caller takes parts too and waits only for parts that a helper has begun.
/// `@unchecked Sendable` because `step` is written before the word is published and read only by who took a part, and
/// the next one is not written before all parts are finished.
package final class Workers: @unchecked Sendable {
  private var step: (any PartitionedStep)?
  /// Upper half: number of the step; lower half: its next free part.
  private let word = Atomic<UInt64>(0)
  private let parts = Atomic<UInt64>(0)
  private let chunk = Atomic<UInt64>(1)
  private let finished = Atomic<UInt64>(0)
  /// Helpers that wait for the bell, or are about to.
  private let sleeping = Atomic<Int>(0)
  private let stopped = Atomic<Bool>(false)
  private let bell = DispatchSemaphore(value: 0)
  private let helpers: Int

  /// How often a helper looks for work before it sleeps: some 100 microseconds.
  private static let patience = 4000
  /// Steps shorter than this run on the caller's thread.
  private static let worthwhile = 4000

  package init(threads: Int) {
    helpers = min(max(threads, 1), 64) - 1
    for _ in 0..<helpers {
      // The thread holds this object until it is told to stop.
      let thread = Thread { self.help() }
      thread.name = "vigil.inference"
      thread.start()
    }
  }

  /// Lets the helpers end.
  package func stop() {
    stopped.store(true, ordering: .sequentiallyConsistent)
    for _ in 0..<helpers { bell.signal() }
  }

  /// Runs a step, shared when that pays.
  package func run(_ next: any PartitionedStep) {
    guard helpers > 0, next.parts > 1, next.nanoseconds >= Self.worthwhile else {
      return next.run(0..<next.parts)
    }
    let count = UInt64(next.parts)
    step = next
    finished.store(0, ordering: .relaxed)
    chunk.store(max(1, count / UInt64(8 * (helpers + 1))), ordering: .relaxed)
    // No part is free while the count changes: the old word's next part is not below the old count nor the new one.
    let number = (word.load(ordering: .relaxed) >> 32) &+ 1
    word.store(number << 32 | Self.low, ordering: .sequentiallyConsistent)
    parts.store(count, ordering: .sequentiallyConsistent)
    word.store(number << 32, ordering: .sequentiallyConsistent)
    for _ in 0..<sleeping.exchange(0, ordering: .sequentiallyConsistent) { bell.signal() }
    take()
    while finished.load(ordering: .acquiring) < count { vk_relax() }
  }

  private static let low: UInt64 = 0xFFFF_FFFF

  private var hasFreeParts: Bool {
    word.load(ordering: .sequentiallyConsistent) & Self.low < parts.load(ordering: .sequentiallyConsistent)
  }

  /// Takes parts of the current step until none is free.
  private func take() {
    while true {
      let seen = word.load(ordering: .acquiring)
      let (begin, count) = (seen & Self.low, parts.load(ordering: .acquiring))
      guard begin < count else { return }
      let end = min(begin + chunk.load(ordering: .relaxed), count)
      // The exchange succeeds only while the step is still the one seen.
      guard
        word.compareExchange(
          expected: seen, desired: seen - begin + end, ordering: .acquiringAndReleasing
        ).exchanged
      else { continue }
      step?.run(Int(begin)..<Int(end))
      finished.add(end - begin, ordering: .acquiringAndReleasing)
    }
  }

  private func help() {
    var looks = 0
    while !stopped.load(ordering: .relaxed) {
      if hasFreeParts {
        take()
        looks = 0
      } else if looks < Self.patience {
        looks += 1
        vk_relax()
      } else {
        looks = 0
        sleep()
      }
    }
  }

  private func sleep() {
    sleeping.add(1, ordering: .sequentiallyConsistent)
    if hasFreeParts || stopped.load(ordering: .sequentiallyConsistent) {
      // Up again, unless the caller has already counted this helper in: then the bell has been rung for it.
      var waiting = sleeping.load(ordering: .sequentiallyConsistent)
      while waiting > 0 {
        let (done, now) = sleeping.compareExchange(
          expected: waiting, desired: waiting - 1, ordering: .sequentiallyConsistent)
        if done { return }
        waiting = now
      }
    }
    bell.wait()
  }
}
