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
    /// Bytes of a body, whatever its head promised.
    var bodyBytes = 200 << 20
    /// Time for a client to take what is ready for it.
    var unread = TimeAmount.seconds(60)
  }

  private enum Phase {
    case head
    case body(began: NIODeadline, bytes: Int)
    case answering
  }

  private let limits: Limits
  private var phase = Phase.head
  private var deadline: Scheduled<Void>?
  private var unreadDeadline: Scheduled<Void>?

  init(_ limits: Limits) { self.limits = limits }

  func handlerAdded(context: ChannelHandlerContext) { arm(limits.head, context) }

  func handlerRemoved(context: ChannelHandlerContext) { disarm() }

  func channelInactive(context: ChannelHandlerContext) {
    disarm()
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head:
      phase = .body(began: .now(), bytes: 0)
      arm(limits.grace, context)
    case .body(let buffer):
      guard case .body(let began, let bytes) = phase else { break }
      phase = .body(began: began, bytes: bytes + buffer.readableBytes)
      if bytes + buffer.readableBytes > limits.bodyBytes { return context.close(promise: nil) }
    case .end:
      phase = .answering
      deadline?.cancel()
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if case .end = unwrapOutboundIn(data), case .answering = phase {
      phase = .head
      arm(limits.head, context)
    }
    context.write(data, promise: promise)
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    unreadDeadline?.cancel()
    unreadDeadline = nil
    if !context.channel.isWritable {
      let channel = context.channel
      unreadDeadline = context.eventLoop.scheduleTask(in: limits.unread) { channel.close(promise: nil) }
    }
    context.fireChannelWritabilityChanged()
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
      let seconds = Double((NIODeadline.now() - began).nanoseconds) / 1e9
      // Fast enough so far: look again soon.
      if Double(bytes) >= seconds * Double(limits.bytesPerSecond) { return arm(.seconds(2), context) }
    }
    context.close(promise: nil)
  }

  private func disarm() {
    deadline?.cancel()
    unreadDeadline?.cancel()
  }
}
