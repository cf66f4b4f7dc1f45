@preconcurrency import Dispatch
import Foundation
import Quantities

/// Answers Prometheus over HTTP: one small page, few clients, short requests, short patience.
///
/// Everything happens on the queue `vigil.metrics`; nobody who is slow holds the session up.
/// `@unchecked Sendable`: the clients are touched on that queue only.
public final class MetricsServer: @unchecked Sendable {
  /// Clients at the same time; the next one is let go.
  public static let mostClients = 8
  /// Seconds that a client has from its connection to the end of its answer.
  public static let patience = 5.0

  private final class Client {
    let reading: any DispatchSourceRead
    var writing: (any DispatchSourceWrite)?
    let since: MonotonicInstant
    var received: [UInt8] = []
    var answer: ArraySlice<UInt8> = []

    init(_ reading: any DispatchSourceRead, since: MonotonicInstant) {
      (self.reading, self.since) = (reading, since)
    }
  }

  /// The port that is listened at.
  public let port: UInt16
  private let address: MetricsAddress
  private let body: @Sendable () -> String
  private let queue = DispatchQueue(label: "vigil.metrics", qos: .utility)
  private let accepting: any DispatchSourceRead
  private let timer: any DispatchSourceTimer
  private var clients: [Int32: Client] = [:]

  /// Listens at `address` and answers with `body`.
  public init(_ address: MetricsAddress, body: @escaping @Sendable () -> String) throws(MetricsError) {
    let (descriptor, port) = try address.listener()
    (self.address, self.body, self.port) = (address, body, port)
    accepting = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
    timer = DispatchSource.makeTimerSource(queue: queue)
    accepting.setCancelHandler { close(descriptor) }
    accepting.setEventHandler { [weak self] in self?.accept(descriptor) }
    timer.setEventHandler { [weak self] in self?.letSlowOnesGo() }
    timer.schedule(deadline: .now() + 1, repeating: 1)
    accepting.activate()
    timer.activate()
  }

  deinit {
    accepting.cancel()
    timer.cancel()
    for client in clients.values {
      client.reading.cancel()
      client.writing?.cancel()
    }
  }

  private func accept(_ listener: Int32) {
    while true {
      let descriptor = Glibc.accept(listener, nil, nil)
      guard descriptor >= 0 else { return }
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
      _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
      guard clients.count < Self.mostClients else {
        close(descriptor)
        continue
      }
      let reading = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
      clients[descriptor] = Client(reading, since: .now())
      reading.setCancelHandler { close(descriptor) }
      reading.setEventHandler { [weak self] in self?.read(descriptor) }
      reading.activate()
    }
  }

  private func read(_ descriptor: Int32) {
    guard let client = clients[descriptor] else { return }
    var buffer = [UInt8](repeating: 0, count: MetricsRequest.mostBytes)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    guard count > 0 else {
      if count == 0 || errno != EAGAIN { end(descriptor) }
      return
    }
    // What comes after the request is read and forgotten.
    guard client.answer.isEmpty, client.writing == nil else { return }
    client.received += buffer.prefix(count)
    let answer = MetricsRequest.answer(client.received, isLoopback: address.isLoopback, body: body)
    guard let answer else { return }
    client.answer = answer[...]
    let writing = DispatchSource.makeWriteSource(fileDescriptor: descriptor, queue: queue)
    client.writing = writing
    writing.setEventHandler { [weak self] in self?.write(descriptor) }
    writing.activate()
  }

  private func write(_ descriptor: Int32) {
    guard let client = clients[descriptor] else { return }
    let sent = client.answer.withUnsafeBytes {
      send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
    }
    if sent < 0 {
      if errno != EAGAIN { end(descriptor) }
      return
    }
    client.answer = client.answer.dropFirst(sent)
    if client.answer.isEmpty { end(descriptor) }
  }

  private func letSlowOnesGo() {
    let now = MonotonicInstant.now()
    for (descriptor, client) in clients where (now - client.since).inSeconds > Self.patience {
      end(descriptor)
    }
  }

  private func end(_ descriptor: Int32) {
    guard let client = clients.removeValue(forKey: descriptor) else { return }
    guard let writing = client.writing else { return client.reading.cancel() }
    // The descriptor is closed when neither source looks at it any more.
    writing.setCancelHandler { client.reading.cancel() }
    writing.cancel()
  }
}
