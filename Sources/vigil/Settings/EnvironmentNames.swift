import Surroundings

/// The names that begin with `VIGIL_` in the environment: each must be one that means something.
///
/// A setting that is misspelt would otherwise be ignored in silence, and with it, say, a stricter policy.
enum EnvironmentNames {
  private static let prefix = "VIGIL_"

  /// Names besides those of the settings: of the programs, their hooks, scripts and tests.
  private static let others: Set<String> = [
    "BUILD", "CACHE", "CAMERA_AWAY", "CAMERA_FORMAT", "CAMERA_FRAMES", "CAMERA_RATE", "CAMERA_SIZE",
    "CAMERA_STALL",
    "CONFIG", "DECISION", "DEVICE_CLIP", "DEVICE_DIR", "HOLD", "ISA", "ISOLATION", "MEASURE",
    "MEASURE_DISPLAY",
    "ONNX_CASES", "OUTCOME", "RENDER", "SERVER", "SERVER_OPTIONS", "SHARED", "SHIP_KILLS", "SIMULATIONS",
    "TEST_DEVICE",
  ]

  /// What is wrong with the first name that is near a setting's and none; nil when all are right. A name that is near
  /// none belongs to somebody else: it is said and changes nothing.
  static func complaint(_ environment: [String: String]) -> String? {
    let settings = SettingDefinition.all.map(\.environmentName) + [prefix + "CONFIG"]
    for name in environment.keys.sorted() where name.lowercased().hasPrefix(prefix.lowercased()) {
      guard !settings.contains(name), !others.contains(String(name.dropFirst(prefix.count))) else { continue }
      let suffixes = settings.map { String($0.dropFirst(prefix.count)) }
      if let near = NearestName.of(String(name.dropFirst(prefix.count)), among: suffixes) {
        return "\(name): no setting is called so; did you mean \(prefix)\(near)? vigil config lists them all"
      }
      StandardErrors.say("\(name) in the environment means nothing to vigil; vigil config lists its settings")
    }
    return nil
  }
}
