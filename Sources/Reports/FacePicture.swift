/// A face at the moment that decided its verdict, as it is put into a page.
public struct FacePicture: Sendable {
  /// The face with a little around it, its box and, where a network says where it looks, a heat map.
  public let jpeg: [UInt8]
  /// When, in seconds from the recording's first frame.
  public let second: Double
  /// Whether it has a heat map.
  public let hasHeatMap: Bool

  /// A picture.
  public init(jpeg: [UInt8], second: Double, hasHeatMap: Bool) {
    (self.jpeg, self.second, self.hasHeatMap) = (jpeg, second, hasHeatMap)
  }
}
