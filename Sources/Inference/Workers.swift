import CKernels
import Foundation
import Synchronization

/// A step whose work falls into parts that may run at the same time.
package protocol PartitionedStep: Step {
  /// How many parts there are; at least 1.
  var parts: Int { get }
  /// Parts that are best run together; at least 1.
  var grain: Int { get }
  /// Roughly how long all parts take on one core; a microsecond is not worth sharing.
  var nanoseconds: Int { get }
  func run(_ range: Range<Int>)
}

extension PartitionedStep {
  package var grain: Int { 1 }
  package func run() { run(0..<parts) }
}

/// Threads that help with the parts of steps. They spin between the steps of a run and sleep between runs.
///
/// Each thread owns an equal run of a step's parts, the same share of every step, so that what it wrote in one step lies
/// in its own core's cache in the next; it takes half of what is left of its run at a time and, when that is used up,
/// from the end of another's (static partition with stealing, as in pthreadpool). One word a thread holds the number of
/// the step and the bounds of the run, so that whoever comes late can never take a part of a step that is over. The
/// caller waits only for parts that a helper has begun.
///
/// `@unchecked Sendable` because the fields of a step are written before its words are published and read only by who
/// took parts of it, and those of the next are not written before all parts are finished.
package final class Workers: @unchecked Sendable {
  /// What has to be known of a step to run a share of it.
  private struct Task {
    var step: UnsafePointer<any PartitionedStep>?
    /// Parts that one unit of a word's bounds stands for; above 1 only where parts are too many for 16 bits.
    var scale = 1
    var parts = 0
  }

  private var task = Task()
  private var number: UInt64 = 0
  /// One line of the cache each: a thread's word and the least number of units to take from it; then what helpers have
  /// finished; then how many of them wait for the bell or are about to.
  private let words: UnsafeMutablePointer<Atomic<UInt64>>
  private let stopped = Atomic<Bool>(false)
  private let bell = DispatchSemaphore(value: 0)
  private let threads: Int

  /// How often a helper looks for work before it sleeps: some 100 microseconds.
  private static let patience = 4000
  /// Nanoseconds below which a step runs on the caller's thread: handing over and waiting cost some 300.
  private static let worthwhile = 1500
  /// Nanoseconds below which a share is not divided further.
  private static let share = 400
  /// Words from one line of the cache to the next but one: cores fetch lines in pairs.
  private static let line = 16

  package init(threads: Int) {
    self.threads = min(max(threads, 1), 64)
    let count = (self.threads + 2) * Self.line
    words = .allocate(capacity: count)
    for index in 0..<count { (words + index).initialize(to: Atomic(0)) }
    for own in 1..<max(self.threads, 1) {
      // The thread holds this object until it is told to stop.
      let thread = Thread { self.help(own) }
      thread.name = "vigil.inference"
      thread.start()
    }
  }

  deinit {
    words.deinitialize(count: (threads + 2) * Self.line)
    words.deallocate()
  }

  /// Lets the helpers end.
  package func stop() {
    stopped.store(true, ordering: .sequentiallyConsistent)
    for _ in 1..<max(threads, 1) { bell.signal() }
  }

  /// Runs a step, shared when that pays. The step must stay where it is until this returns.
  package func run(_ next: UnsafePointer<any PartitionedStep>) {
    let parts = next.pointee.parts
    guard threads > 1, parts > 1, next.pointee.nanoseconds >= Self.worthwhile else {
      return next.pointee.run(0..<parts)
    }
    let scale = (parts + Self.mostUnits - 1) / Self.mostUnits
    let units = (parts + scale - 1) / scale
    task = Task(step: next, scale: scale, parts: parts)
    let least = UInt64(grain(of: next.pointee, units: units))
    number = (number &+ 1) & 0xFFFF_FFFF
    words[finished].store(0, ordering: .relaxed)
    for thread in (0..<threads).reversed() {
      let (begin, end) = (units * thread / threads, units * (thread + 1) / threads)
      words[thread * Self.line + 1].store(least, ordering: .relaxed)
      words[thread * Self.line].store(
        number << 32 | UInt64(begin) << 16 | UInt64(end), ordering: .sequentiallyConsistent)
    }
    for _ in 0..<words[sleeping].exchange(0, ordering: .sequentiallyConsistent) { bell.signal() }
    let own = take(0)
    while words[finished].load(ordering: .acquiring) + own < units { vk_relax() }
  }

  /// Units that are taken together at least: whole grains that take some time.
  private func grain(of step: any PartitionedStep, units: Int) -> Int {
    let worthwhile = units * Self.share / step.nanoseconds
    return (worthwhile / step.grain + 1) * step.grain
  }

  private static let mostUnits = 0xFFFF
  private var finished: Int { threads * Self.line }
  private var sleeping: Int { (threads + 1) * Self.line }

  /// Takes units of the current step until none is free; how many it ran. First those of thread `own`.
  private func take(_ own: Int) -> UInt64 {
    var done: UInt64 = 0
    for offset in 0..<threads {
      let thread = (own + offset) % threads
      done += take(words + thread * Self.line, isOwn: offset == 0)
    }
    return done
  }

  private func take(_ word: UnsafeMutablePointer<Atomic<UInt64>>, isOwn: Bool) -> UInt64 {
    var done: UInt64 = 0
    while true {
      let seen = word.pointee.load(ordering: .acquiring)
      let (begin, end) = (seen >> 16 & 0xFFFF, seen & 0xFFFF)
      guard begin < end else { return done }
      // Another step's grain would do no harm: the bounds are the word's.
      let grain = (word + 1).pointee.load(ordering: .relaxed)
      let count = min(((end - begin + 1) / 2 + grain - 1) / grain * grain, end - begin)
      let left = isOwn ? seen + count << 16 : seen - count
      // The exchange succeeds only while the step is still the one seen.
      let (taken, _) = word.pointee.compareExchange(
        expected: seen, desired: left, ordering: .acquiringAndReleasing)
      guard taken else { continue }
      run(isOwn ? begin..<begin + count : end - count..<end)
      done += count
    }
  }

  private func run(_ units: Range<UInt64>) {
    let (first, last) = (Int(units.lowerBound) * task.scale, Int(units.upperBound) * task.scale)
    task.step?.pointee.run(first..<min(last, task.parts))
  }

  private func hasFreeParts(_ own: Int) -> Bool {
    let seen = words[own * Self.line].load(ordering: .sequentiallyConsistent)
    return seen >> 16 & 0xFFFF < seen & 0xFFFF
  }

  private func help(_ own: Int) {
    var looks = 0
    while !stopped.load(ordering: .relaxed) {
      if hasFreeParts(own) {
        let done = take(own)
        words[finished].add(done, ordering: .acquiringAndReleasing)
        looks = 0
      } else if looks < Self.patience {
        looks += 1
        vk_relax()
      } else {
        looks = 0
        sleep(own)
      }
    }
  }

  private func sleep(_ own: Int) {
    words[sleeping].add(1, ordering: .sequentiallyConsistent)
    if hasFreeParts(own) || stopped.load(ordering: .sequentiallyConsistent) {
      // Up again, unless the caller has already counted this helper in: then the bell has been rung for it.
      var waiting = words[sleeping].load(ordering: .sequentiallyConsistent)
      while waiting > 0 {
        let (done, now) = words[sleeping].compareExchange(
          expected: waiting, desired: waiting - 1, ordering: .sequentiallyConsistent)
        if done { return }
        waiting = now
      }
    }
    bell.wait()
  }
}
