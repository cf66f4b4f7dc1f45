import Calibration
import Foundation
import IdentityCheck
import Simulation

typealias Actor = CheckActor

/// The shipped calibration.
let calibration: Calibration = {
  var root = URL(fileURLWithPath: #filePath)
  for _ in 0..<4 { root.deleteLastPathComponent() }
  do { return try Calibration(path: root.appendingPathComponent("Calibration/default.json").path) } catch {
    preconditionFailure("\(error)")
  }
}()

extension Rehearsal {
  /// A rehearsal with the shipped calibration.
  init(fps: Double = 30, limits: CheckLimits = CheckLimits()) {
    self.init(calibration.liveness, fps: fps, limits: limits)
  }
}
