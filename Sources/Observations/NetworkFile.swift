/// Where a network's file lies and what it is: given to a stage by whoever has verified the file's hash.
public struct NetworkFile: Sendable, Hashable {
  /// Path of the file.
  public let path: String
  /// Name and SHA-256 of the file; copied into everything measured with it.
  public let identity: ModelIdentity

  /// The network at `path`, known as `identity`.
  public init(path: String, identity: ModelIdentity) { (self.path, self.identity) = (path, identity) }
}
