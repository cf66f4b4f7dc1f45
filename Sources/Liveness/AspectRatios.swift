public import Observations
public import Quantities

/// Aspect ratios of eyes and mouth on the 68 landmarks.
public enum AspectRatios {
  /// (|p2-p6| + |p3-p5|) / (2 |p1-p4|) of one eye's six points (Soukupová and Čech, Real-Time Eye Blink Detection
  /// using Facial Landmarks, 2016). Nil when the corners coincide.
  public static func eye(_ eye: ArraySlice<PixelPoint>) -> Float? {
    let p = Array(eye)
    guard p.count == 6 else { return nil }
    let width = p[0].distance(to: p[3])
    guard width > 1e-3 else { return nil }
    return (p[1].distance(to: p[5]) + p[2].distance(to: p[4])) / (2 * width)
  }

  /// Opening of the inner lip over its width: the mean of its three heights. Nil when the corners coincide.
  public static func mouth(_ landmarks: Landmarks68) -> Float? {
    let p = Array(landmarks.innerLip)
    let width = p[0].distance(to: p[4])
    guard width > 1e-3 else { return nil }
    return (p[1].distance(to: p[7]) + p[2].distance(to: p[6]) + p[3].distance(to: p[5])) / (3 * width)
  }
}
