import Foundation
import IdentityCheck
import Observations
import Quantities
import Simulation
import Testing

@Suite struct CameraProfileTests {
  private func study(
    fps: Double = 30, exposure: Float = 0.4, pixels: Double = 80, noise: Double = 0.004, faces: Int = 1
  ) -> CameraStudy {
    var subject = ScriptedSubject(.person, seed: 9)
    (subject.exposure, subject.interocularPixels, subject.noise) = (exposure, pixels, noise)
    var study = CameraStudy()
    for frame in 0..<600 {
      let time = Double(frame) / fps
      let face = subject.face(at: time)
      study.take(Array(repeating: face, count: faces), at: MonotonicInstant(seconds: time))
    }
    return study
  }

  @Test func aGoodCameraGivesItsLimits() throws {
    let profile = try #require(study().profile(camera: "cam", date: "2026-11-21"))
    #expect(profile.problem == nil)
    #expect(abs(profile.framesPerSecond - 30) < 0.1)
    #expect(abs(profile.exposure - 0.4) < 1e-3)
    #expect(abs(profile.interocularPixels - 80) < 2)
    // The scripted subject's pose noise is 80 x .004 = .32 degrees.
    #expect(abs(profile.yawNoise - 0.32) < 0.08)
    #expect(abs(profile.limits.darkest - 0.16) < 1e-3)
    #expect(abs(profile.limits.framesPerSecond - 15) < 0.1)
    #expect(profile.limits.turnDegrees == CheckLimits().turnDegrees)
  }

  @Test func noiseMakesGesturesLarger() throws {
    let profile = try #require(study(noise: 0.03).profile(camera: "cam", date: "d"))
    #expect(profile.limits.turnDegrees > CheckLimits().turnDegrees)
  }

  @Test func aBadCameraIsNamed() throws {
    #expect(try #require(study(fps: 6).profile(camera: "c", date: "d")).problem?.contains("frames") == true)
    #expect(
      try #require(study(exposure: 0.03).profile(camera: "c", date: "d")).problem?.contains("light") == true)
    #expect(try #require(study(pixels: 12).profile(camera: "c", date: "d")).problem?.contains("eyes") == true)
    #expect(study(faces: 2).profile(camera: "c", date: "d") == nil)
    #expect(study(faces: 0).profile(camera: "c", date: "d") == nil)
  }

  @Test func aFileIsReadBackAndADamagedOneRefused() throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: file) }
    let profile = try #require(study().profile(camera: "cam", date: "2026-11-21"))
    try profile.write(file)
    #expect(try CameraProfile(file: file) == profile)
    let text = try String(contentsOf: file, encoding: .utf8)
    try text.replacingOccurrences(of: "\"exposure\" : 0.4", with: "\"exposure\" : -3").write(
      to: file, atomically: true, encoding: .utf8)
    #expect(throws: CameraProfile.Invalid.self) { _ = try CameraProfile(file: file) }
    try "{".write(to: file, atomically: true, encoding: .utf8)
    #expect(throws: CameraProfile.Invalid.self) { _ = try CameraProfile(file: file) }
  }
}
