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
/// `@unchecked Sendable` because what a thread has to know of a step is written before its words are published and used only
/// by who took parts of it, and the next step is not published before all parts are finished.
package final class Workers: @unchecked Sendable {
  /// What a thread has to know of a step, on one line of the cache so that handing over moves one line; and on the next
  /// line what it tells back.
  private struct Place {
    /// Number of the step, then the first and the end of the thread's units that are free.
    static let word = 0
    /// The least number of units to take.
    static let grain = 1
    /// Address of the step, its parts, and how many of them a unit stands for: above 1 only where parts are too many
    /// for 16 bits.
    static let (step, parts, scale) = (2, 3, 4)
    /// Units that the thread has run since it began.
    static let finished = 16
    static let size = 32

    let words: UnsafeMutablePointer<Atomic<UInt64>>

    func load(_ index: Int) -> UInt64 { words[index].load(ordering: .relaxed) }
    func store(_ index: Int, _ value: UInt64) { words[index].store(value, ordering: .relaxed) }
  }

  private let memory: UnsafeMutablePointer<Atomic<UInt64>>
  private let threads: Int
  private var number: UInt64 = 0
  /// Units of all steps so far.
  private var published: UInt64 = 0
  /// Helpers that wait for the bell, or are about to.
  private let sleeping = Atomic<Int>(0)
  private let stopped = Atomic<Bool>(false)
  private let bell = DispatchSemaphore(value: 0)

  /// How often a helper looks for work before it sleeps: some 100 microseconds.
  private static let patience = 4000
  /// Nanoseconds below which a step runs on the caller's thread: handing over and waiting cost some 300.
  private static let worthwhile = 2000
  /// Nanoseconds below which a share is not divided further.
  private static let share = 400
  private static let mostUnits = 0xFFFF

  package init(threads: Int) {
    self.threads = min(max(threads, 1), 64)
    let count = self.threads * Place.size
    memory = UnsafeMutableRawPointer.allocate(byteCount: count * 8, alignment: 128)
      .bindMemory(to: Atomic<UInt64>.self, capacity: count)
    for index in 0..<count { (memory + index).initialize(to: Atomic(0)) }
    for own in 1..<self.threads {
      // The thread holds this object until it is told to stop.
      let thread = Thread { self.help(own) }
      thread.name = "vigil.inference"
      thread.start()
    }
  }

  deinit {
    memory.deinitialize(count: threads * Place.size)
    memory.deallocate()
  }

  private func place(_ thread: Int) -> Place { Place(words: memory + thread * Place.size) }

  /// Lets the helpers end.
  package func stop() {
    stopped.store(true, ordering: .sequentiallyConsistent)
    for _ in 1..<threads { bell.signal() }
  }

  /// Runs a step, shared when that pays. The step must stay where it is until this returns.
  package func run(_ next: UnsafePointer<any PartitionedStep>) {
    let parts = next.pointee.parts
    guard threads > 1, parts > 1, next.pointee.nanoseconds >= Self.worthwhile else {
      return next.pointee.run(0..<parts)
    }
    let units = publish(next, parts)
    published += units
    for _ in 0..<sleeping.exchange(0, ordering: .sequentiallyConsistent) { bell.signal() }
    take(0)
    while !isFinished { vk_relax() }
  }

  /// Hands the step over to all threads; how many units it has.
  private func publish(_ next: UnsafePointer<any PartitionedStep>, _ parts: Int) -> UInt64 {
    let scale = (parts + Self.mostUnits - 1) / Self.mostUnits
    let units = (parts + scale - 1) / scale
    let grain = grain(of: next, units: units)
    for thread in 0..<threads {
      let place = place(thread)
      place.store(Place.grain, UInt64(grain))
      place.store(Place.step, UInt64(UInt(bitPattern: next)))
      place.store(Place.parts, UInt64(parts))
      place.store(Place.scale, UInt64(scale))
    }
    number = (number &+ 1) & 0xFFFF_FFFF
    // Whoever takes units of any thread then finds the step at its own place.
    for thread in (0..<threads).reversed() {
      let (begin, end) = (UInt64(units * thread / threads), UInt64(units * (thread + 1) / threads))
      place(thread).words[Place.word].store(
        number << 32 | begin << 16 | end, ordering: .sequentiallyConsistent)
    }
    return UInt64(units)
  }

  /// Units that are taken together at least: whole grains that take some time.
  private func grain(of step: UnsafePointer<any PartitionedStep>, units: Int) -> Int {
    let (grain, worthwhile) = (step.pointee.grain, units * Self.share / step.pointee.nanoseconds)
    return (worthwhile / grain + 1) * grain
  }

  private var isFinished: Bool {
    var done: UInt64 = 0
    for thread in 0..<threads { done += place(thread).words[Place.finished].load(ordering: .acquiring) }
    return done == published
  }

  /// Takes units of the current step until none is free: those of thread `own`, then those of others. A helper leaves
  /// them the last few, which they run sooner than those could be handed over; the caller has nothing else to do.
  private func take(_ own: Int) {
    let mine = place(own)
    var done: UInt64 = 0
    while let units = next(mine, isOwn: true, above: 0) { done += run(units, mine) }
    for offset in 1..<threads {
      let other = place((own + offset) % threads)
      let rest = own == 0 ? 0 : mine.load(Place.grain)
      while let units = next(other, isOwn: false, above: rest) { done += run(units, mine) }
    }
    if done > 0 {
      // Only this thread writes here.
      mine.words[Place.finished].store(mine.load(Place.finished) + done, ordering: .releasing)
    }
  }

  /// Half of a thread's free units: the first ones to itself, the last ones to another, unless there are no more than
  /// `above`.
  private func next(_ place: Place, isOwn: Bool, above: UInt64) -> Range<UInt64>? {
    while true {
      let seen = place.words[Place.word].load(ordering: .acquiring)
      let (begin, end) = (seen >> 16 & 0xFFFF, seen & 0xFFFF)
      guard begin + above < end else { return nil }
      // Another step's grain would do no harm: the bounds are the word's.
      let grain = max(place.load(Place.grain), 1)
      let count = min(((end - begin + 1) / 2 + grain - 1) / grain * grain, end - begin)
      // The exchange succeeds only while the step is still the one seen.
      let (taken, _) = place.words[Place.word].compareExchange(
        expected: seen, desired: isOwn ? seen + count << 16 : seen - count, ordering: .acquiringAndReleasing)
      if taken { return isOwn ? begin..<begin + count : end - count..<end }
    }
  }

  private func run(_ units: Range<UInt64>, _ mine: Place) -> UInt64 {
    let scale = mine.load(Place.scale)
    let last = min(units.upperBound * scale, mine.load(Place.parts))
    let step = UnsafePointer<any PartitionedStep>(bitPattern: UInt(mine.load(Place.step)))
    step?.pointee.run(Int(units.lowerBound * scale)..<Int(last))
    return UInt64(units.count)
  }

  private func hasFreeParts(_ own: Int) -> Bool {
    let seen = place(own).words[Place.word].load(ordering: .sequentiallyConsistent)
    return seen >> 16 & 0xFFFF < seen & 0xFFFF
  }

  private func help(_ own: Int) {
    var looks = 0
    while !stopped.load(ordering: .relaxed) {
      if hasFreeParts(own) {
        take(own)
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
    sleeping.add(1, ordering: .sequentiallyConsistent)
    if hasFreeParts(own) || stopped.load(ordering: .sequentiallyConsistent) {
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
