import Dispatch
import Pipeline
import Synchronization
import Testing

@Suite struct MailboxTests {
  @Test func newestValueWinsAndTheOlderIsCounted() {
    let box = Mailbox<Int>()
    box.put(1)
    box.put(2)
    guard case .value(2) = box.take(timeout: .seconds(300)) else {
      Issue.record("the newest value was not delivered")
      return
    }
    #expect(box.dropped == 1)
  }

  @Test func emptyBoxSaysNothingYet() {
    guard case .nothingYet = Mailbox<Int>().take(timeout: .milliseconds(1)) else {
      Issue.record("an empty box delivered something")
      return
    }
  }

  @Test func lastValueIsDeliveredAfterClosingThenClosedForEver() {
    let box = Mailbox<Int>()
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
    let box = Mailbox<Int>()
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
      case .nothingYet: Issue.record("the sender stopped")
      case .closed: break loop
      }
    }
    #expect(last == total)
    #expect(received + Int(box.dropped) == total)
  }

  /// A sender that may not drop waits until each value was taken, and goes on when the box is closed.
  @Test func nothingIsDroppedWhenTheSenderWaits() {
    let box = Mailbox<Int>()
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
}
