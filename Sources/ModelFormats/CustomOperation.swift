/// An operator that only the engine knows how to run; the graph carries it without looking inside.
public protocol CustomOperation: Sendable {
  /// The operator's name for messages.
  var name: String { get }
}
