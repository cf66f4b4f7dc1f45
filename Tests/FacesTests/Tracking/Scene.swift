import Faces
import Observations
import Quantities

/// Faces for tests: only the box matters to the tracker.
func face(_ x: Float, _ y: Float = 100, size: Float = 50) -> Face {
  let points = (0..<68).map { PixelPoint(x + Float($0) / 68 * size, y + Float($0 % 10) / 10 * size) }
  guard let landmarks = Landmarks68(points) else { fatalError("68 points are 68 points") }
  return Face(
    box: PixelRect(x: x, y: y, width: size, height: size), presence: Confidence(1), landmarks: landmarks,
    quality: FaceQuality(interocularPixels: size / 3, sharpness: 100, exposure: 0.5))
}

/// Runs a tracker against scripted persons: landmarks hold a face when a person stands within reach of the region.
struct Scene {
  var tracker: FaceTracker
  var detections = 0
  var frames = 0

  init(options: TrackingOptions = .init()) { tracker = FaceTracker(options: options) }

  /// One frame in which `persons` can be seen.
  mutating func frame(_ seconds: Double, _ persons: [Face]) -> [Track] {
    let now = MonotonicInstant(seconds: seconds)
    let plan = tracker.plan(at: now)
    frames += 1
    let refined: [(TrackID, Face?)] = plan.refine.map { entry in
      let near = persons.min {
        $0.box.center.distance(to: entry.last.box.center) < $1.box.center.distance(to: entry.last.box.center)
      }
      let reached = near.flatMap { person in
        person.box.center.distance(to: entry.last.box.center) < 0.6 * entry.last.box.width ? person : nil
      }
      return (entry.id, reached)
    }
    var discovered: [Face] = []
    if plan.detect {
      detections += 1
      let model = ModelIdentity(name: "scripted", sha256: "")
      let boxes = persons.map {
        Detection(box: $0.box, confidence: Confidence(1), keypoints: [], model: model)
      }
      discovered = tracker.unexplained(boxes, refined: refined.compactMap(\.1)).map { persons[$0] }
    }
    return tracker.update(at: now, refined: refined, discovered: discovered)
  }
}
