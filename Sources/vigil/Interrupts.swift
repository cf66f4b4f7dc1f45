import Foundation

/// Ctrl-C and termination end the session in order, with its log closed.
enum Interrupts {
  // A signal handler may only set a flag; sig_atomic_t is what C allows for that.
  nonisolated(unsafe) private static var flag: sig_atomic_t = 0

  static var received: Bool { flag != 0 }

  static func install() {
    for number in [SIGINT, SIGTERM, SIGHUP] { signal(number) { _ in Interrupts.flag = 1 } }
    signal(SIGPIPE, SIG_IGN)
  }
}
