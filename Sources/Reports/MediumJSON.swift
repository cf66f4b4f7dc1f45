public import JSON
public import Observations

extension OrderedJSON {
  /// What a file says about how it is shown, and what was done: `format` always, the others only where they say
  /// something. Names are never renamed.
  public static func medium(_ shown: Presentation, rate: Double?) -> OrderedJSON {
    var members: [(String, OrderedJSON)] = [("format", .string(shown.format))]
    func add(_ name: String, _ value: String?) {
      if let value { members.append((name, .string(value))) }
    }
    if shown.orientation != .upright {
      members.append(("orientation", .integer(Int64(shown.orientation.rawValue))))
    }
    add("odd_matrix", shown.oddMatrix)
    add("pixel_aspect", shown.pixelAspect.ratio == 1 ? nil : shown.pixelAspect.description)
    add("odd_pixel_aspect", shown.oddPixelAspect)
    add("transfer", shown.transfer == .standard ? nil : shown.transfer.rawValue)
    add("alpha", shown.hasAlpha ? "on_white" : nil)
    if shown.isRateAssumed, let rate { members.append(("assumed_fps", .number(rate, decimals: 3))) }
    if shown.isCover { members.append(("cover", .bool(true))) }
    return .object(members)
  }
}
