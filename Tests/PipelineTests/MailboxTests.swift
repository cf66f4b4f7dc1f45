import Dispatch
import Pipeline
import Synchronization
import Testing

@Suite struct MailboxTests {
  @Test func newestValueWinsAndTheOlderIsCounted() {
    let box = Mailbox<Int, String>()
    box.put(1)
    box.put(2)
    guard case .value(2) = box.take(timeout: .seconds(300)) else {
      Issue.record("the newest value was not delivered")
      return
    }
    #expect(box.dropped == 1)
  }

  @Test func emptyBoxSaysNothingYet() {
    guard case .nothingYet = Mailbox<Int, String>().take(timeout: .milliseconds(1)) else {
      Issue.record("an empty box delivered something")
      return
    }
  }

  @Test func lastValueIsDeliveredAfterClosingThenClosedForEver() {
    let box = Mailbox<Int, String>()
    box.put(7)
    box.close()
    box.put(8)
    guard case .value(7) = box.take(timeout: .seconds(300)) else {
      Issue.record("closing lost the last value")
      return
    }
    for _ in 0..<3 {
      guard case .closed = box.take(timeout: .milliseconds(1)) else {
        Issue.record("a closed box did not say so")
        return
      }
    }
  }

  @Test func everyValueIsDeliveredOrCounted() {
    let box = Mailbox<Int, String>()
    let total = 10_000
    DispatchQueue(label: "sender").async {
      for number in 1...total { box.put(number) }
      box.close()
    }
    var received = 0
    var last = 0
    loop: while true {
      switch box.take(timeout: .seconds(300)) {
      case .value(let number):
        #expect(number > last)
        last = number
        received += 1
      case .nothingYet, .notice: Issue.record("the sender stopped")
      case .closed: break loop
      }
    }
    #expect(last == total)
    #expect(received + Int(box.dropped) == total)
  }

  /// A sender that may not drop waits until each value was taken, and goes on when the box is closed.
  @Test func nothingIsDroppedWhenTheSenderWaits() {
    let box = Mailbox<Int, String>()
    let done = DispatchSemaphore(value: 0)
    DispatchQueue(label: "sender").async {
      for number in 0..<1000 { box.putWhenFree(number) }
      done.signal()
    }
    for number in 0..<990 {
      guard case .value(number) = box.take(timeout: .seconds(300)) else {
        Issue.record("\(number) did not come")
        return
      }
    }
    box.close()
    #expect(done.wait(timeout: .now() + 300) == .success)
    #expect(box.dropped == 0)
  }

  /// Everything that waits, in order.
  private func all(_ box: Mailbox<Int, String>) -> [String] {
    var found: [String] = []
    while true {
      switch box.take(timeout: .milliseconds(0)) {
      case .value(let number): found.append("\(number)")
      case .notice(let text): found.append(text)
      case .nothingYet, .closed: return found
      }
    }
  }

  @Test func noticesKeepTheirOrderAmongTheValuesTheyConcern() {
    let box = Mailbox<Int, String>()
    box.put(1)
    box.post("lost")
    box.post("returned")
    #expect(all(box) == ["1", "lost", "returned"])
    box.put(2)
    box.post("lost")
    box.put(3)
    box.post("ended")
    box.close()
    box.post("late")
    #expect(all(box) == ["lost", "3", "ended"])
    #expect(box.dropped == 1)
  }

  /// A loss that nobody takes in time is not replaced by the next one: its sender waits.
  @Test func noNoticeIsLostWhenMoreComeThanMayWait() {
    let box = Mailbox<Int, String>()
    let total = 3 * Mailbox<Int, String>.mostNotices
    DispatchQueue(label: "sender").async {
      for number in 0..<total { box.post("\(number)") }
      box.close()
    }
    var found: [String] = []
    while case .notice(let text) = box.take(timeout: .seconds(300)) { found.append(text) }
    #expect(found == (0..<total).map(String.init))
  }

  /// A sender that waits for room is let go when the box is closed.
  @Test func closingFreesASenderThatWaitsWithANotice() {
    let box = Mailbox<Int, String>()
    let done = DispatchSemaphore(value: 0)
    DispatchQueue(label: "sender").async {
      for number in 0...Mailbox<Int, String>.mostNotices { box.post("\(number)") }
      done.signal()
    }
    while box.take(timeout: .seconds(300)).isNothing {}
    box.close()
    #expect(done.wait(timeout: .now() + 300) == .success)
  }
}

extension MailboxDelivery {
  fileprivate var isNothing: Bool { if case .nothingYet = self { true } else { false } }
}
