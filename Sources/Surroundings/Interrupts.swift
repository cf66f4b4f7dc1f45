import Foundation

/// Ctrl-C, termination and a terminal that closes end the session in order, with its log closed.
///
/// A signal that was ignored when the program began stays ignored: `nohup` means that closing the terminal changes
/// nothing. Shells let a job in the background ignore SIGINT so that Ctrl-C does not reach it; that stays so for
/// Ctrl-C, while `kill -INT` of a process ends the session, because somebody meant this program.
public enum Interrupts {
  // A signal handler may only set flags; sig_atomic_t is what C allows for that.
  nonisolated(unsafe) private static var number: sig_atomic_t = 0
  nonisolated(unsafe) private static var isInBackground: sig_atomic_t = 0
  nonisolated(unsafe) private static var since: sig_atomic_t = 0
  nonisolated(unsafe) private static var bell: (read: Int32, write: Int32) = (-1, -1)
  nonisolated(unsafe) private static var isInstalled = false

  /// Seconds after which a second signal ends the program at once: it hangs.
  private static let patience: sig_atomic_t = 5

  /// Whether the session is to end.
  public static var received: Bool { number != 0 }

  /// 128 and the signal's number: what a program that did not finish its work ends with; nil without a signal.
  public static var exitCode: Int32? { number == 0 ? nil : 128 + number }

  /// From now on the signals are kept for ``received``. Main thread; a second call does nothing.
  public static func install() {
    guard !isInstalled else { return }
    isInstalled = true
    var ends: [Int32] = [-1, -1]
    if pipe(&ends) == 0 {
      for end in ends {
        _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        _ = fcntl(end, F_SETFL, O_NONBLOCK)
      }
      bell = (ends[0], ends[1])
    }
    for signal in [SIGINT, SIGTERM, SIGHUP] {
      var old = sigaction()
      sigaction(signal, nil, &old)
      if isIgnored(old) {
        guard signal == SIGINT else { continue }
        isInBackground = 1
      }
      var action = sigaction()
      // Without SA_RESTART: who waits in the kernel comes back and looks.
      action.sa_flags = SA_SIGINFO
      action.__sigaction_handler.sa_sigaction = { number, information, _ in
        Interrupts.handle(number, information)
      }
      sigaction(signal, &action, nil)
    }
    unblock()
  }

  /// For a program that waits for SIGTERM in its own way: a terminal that closes means the same, unless it was ignored
  /// when the program began.
  public static func treatHangUpAsTermination() {
    var old = sigaction()
    sigaction(SIGHUP, nil, &old)
    if !isIgnored(old) { signal(SIGHUP) { _ in kill(getpid(), SIGTERM) } }
  }

  /// Waits for `seconds`, or until a signal comes.
  public static func sleep(_ seconds: Double) {
    guard !received else { return }
    var poller = pollfd(fd: bell.read, events: Int16(POLLIN), revents: 0)
    _ = poll(&poller, bell.read >= 0 ? 1 : 0, Int32(min(max(seconds, 0), 86_400) * 1000))
  }

  /// Lets the three signals through in this thread. A program inherits which signals are blocked from the thread that
  /// started it, and a worker thread of another program may have blocked them all; ignoring one is a wish, this is none.
  private static func unblock() {
    var signals = sigset_t()
    sigemptyset(&signals)
    for signal in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, signal) }
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  /// Waits until `descriptor` can be read; false when a signal came first.
  public static func canRead(_ descriptor: Int32) -> Bool {
    while !received {
      var pollers = [
        pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
        pollfd(fd: bell.read, events: Int16(POLLIN), revents: 0),
      ]
      let ready = poll(&pollers, bell.read >= 0 ? 2 : 1, -1)
      if ready > 0, pollers[0].revents != 0 { return true }
      if ready < 0, errno != EINTR { return true }
    }
    return false
  }

  static func isIgnored(_ action: sigaction) -> Bool {
    unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1  // SIG_IGN
  }

  private static func handle(_ signal: Int32, _ information: UnsafeMutablePointer<siginfo_t>?) {
    // From the keyboard the kernel itself sends; si_code is above 0 then.
    if signal == SIGINT, isInBackground != 0, (information?.pointee.si_code ?? 0) > 0 { return }
    let saved = errno
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    let seconds = sig_atomic_t(truncatingIfNeeded: now.tv_sec)
    if number == 0 {
      (number, since) = (signal, seconds)
      var byte: UInt8 = 1
      _ = write(bell.write, &byte, 1)
    } else if seconds - since > patience {
      _exit(128 + signal)
    }
    errno = saved
  }
}
