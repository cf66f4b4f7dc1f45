import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Cuts off clients that hold a connection without using it: a head that does not come, a body that trickles or never
/// ends, an answer that nobody reads. One for each connection, on its event loop.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  /// Bounds of a connection.
  struct Limits: Sendable {
    /// Time for a request's head, TLS handshake included; and for the next one on the same connection.
    var head = TimeAmount.seconds(15)
    /// Time in which a body may be slower than ``bytesPerSecond``.
    var grace = TimeAmount.seconds(15)
    /// Least mean speed of a body.
    var bytesPerSecond = 4096
    /// Time for a whole body.
    var body = TimeAmount.seconds(900)
    /// Time in which a client whose request was answered early may send the rest of its body.
    var rest = TimeAmount.seconds(10)
    /// Bytes of a body, whatever its head promised.
    var bodyBytes = 200 << 20
    /// Time for a client to take what is ready for it.
    var unread = TimeAmount.seconds(60)
  }

  private enum Phase {
    case head
    case body(began: NIODeadline, bytes: Int)
    case answering
    /// Answered while its body still comes.
    case rest(bytes: Int)
  }

  private let limits: Limits
  private let table: ConnectionTable
  private var number: UInt64?
  private var phase = Phase.head
  private var deadline: Scheduled<Void>?
  private var unreadDeadline: Scheduled<Void>?

  init(_ limits: Limits, table: ConnectionTable) { (self.limits, self.table) = (limits, table) }

  func handlerAdded(context: ChannelHandlerContext) {
    let channel = context.channel
    number = table.open { channel.close(promise: nil) }
    arm(limits.head, context)
  }

  func handlerRemoved(context: ChannelHandlerContext) { end() }

  func channelInactive(context: ChannelHandlerContext) {
    end()
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head:
      phase = .body(began: .now(), bytes: 0)
      tell(.busy)
      arm(limits.grace, context)
    case .body(let buffer):
      switch phase {
      case .body(let began, let bytes):
        phase = .body(began: began, bytes: bytes + buffer.readableBytes)
        if bytes + buffer.readableBytes > limits.bodyBytes { return context.close(promise: nil) }
      case .rest(let bytes):
        phase = .rest(bytes: bytes + buffer.readableBytes)
        if bytes + buffer.readableBytes > limits.bodyBytes { return context.close(promise: nil) }
      case .head, .answering: break
      }
    case .end:
      if case .rest = phase {
        waitForHead(context)
      } else {
        phase = .answering
        deadline?.cancel()
      }
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if case .end = unwrapOutboundIn(data) {
      switch phase {
      case .answering: waitForHead(context)
      case .body(_, let bytes):
        phase = .rest(bytes: bytes)
        arm(limits.rest, context)
      case .head, .rest: break
      }
    }
    context.write(data, promise: promise)
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    unreadDeadline?.cancel()
    unreadDeadline = nil
    if context.channel.isWritable {
      if case .head = phase { tell(.idle) } else { tell(.busy) }
    } else {
      let channel = context.channel
      unreadDeadline = context.eventLoop.scheduleTask(in: limits.unread) { channel.close(promise: nil) }
      tell(.unread)
    }
    context.fireChannelWritabilityChanged()
  }

  private func waitForHead(_ context: ChannelHandlerContext) {
    phase = .head
    if context.channel.isWritable { tell(.idle) }
    arm(limits.head, context)
  }

  private func arm(_ time: TimeAmount, _ context: ChannelHandlerContext) {
    deadline?.cancel()
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    deadline = context.eventLoop.scheduleTask(in: time) {
      let (handler, context) = bound.value
      handler.timeIsUp(context)
    }
  }

  private func timeIsUp(_ context: ChannelHandlerContext) {
    if case .body(let began, let bytes) = phase {
      let taken = NIODeadline.now() - began
      let seconds = Double(taken.nanoseconds) / 1e9
      // Fast enough so far: look again soon.
      if taken < limits.body, Double(bytes) >= seconds * Double(limits.bytesPerSecond) {
        return arm(.seconds(2), context)
      }
    }
    context.close(promise: nil)
  }

  private func tell(_ state: ConnectionTable.State) {
    if let number { table.set(number, state) }
  }

  private func end() {
    deadline?.cancel()
    unreadDeadline?.cancel()
    if let number { table.forget(number) }
    number = nil
  }
}
