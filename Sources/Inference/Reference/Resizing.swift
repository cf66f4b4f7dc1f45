internal import Foundation
internal import ModelFormats

extension ReferenceOperators {
  static let resizing: [String: Implementation] = ["Resize": resize, "Upsample": resize]

  private static func resize(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let x = try call.input(0)
    guard x.type.isFloat || x.type.isInteger else { throw .type("Resize of \(x.type)") }
    let plan = try ResizePlan(call, shape: x.shape)
    var (values, shape) = (x.doubles, x.shape)
    for axis in x.shape.indices {
      guard let taps = plan.taps[axis] else { continue }
      let each = values.count / max(shape[axis], 1)
      try LoadBudget.spend(each, taps.reduce(0) { $0 + $1.count })
      (values, shape) = applied(taps, to: values, shape: shape, axis: axis)
    }
    if let fill = plan.extrapolated { fill.write(into: &values, shape: shape) }
    if x.type.isInteger { values = values.map { $0.rounded(.toNearestOrEven) } }
    return [Tensor(shape: shape, elements: x.type.elements(values))]
  }

  /// Each place of `axis` becomes a weighted sum of places.
  private static func applied(
    _ taps: [[ResizeTap]], to values: [Double], shape: [Int], axis: Int
  ) -> ([Double], [Int]) {
    var result = shape
    result[axis] = taps.count
    let inner = shape[(axis + 1)...].reduce(1, *)
    var sums = [Double](repeating: 0, count: result.reduce(1, *))
    for outer in 0..<shape[..<axis].reduce(1, *) {
      for (place, list) in taps.enumerated() {
        let to = (outer * taps.count + place) * inner
        for tap in list {
          let from = (outer * shape[axis] + tap.source) * inner
          for i in 0..<inner { sums[to + i] += tap.weight * values[from + i] }
        }
      }
    }
    return (sums, result)
  }
}

/// What Resize does on each axis: attributes and inputs read and checked.
struct ResizePlan {
  /// Weighted sources for each place of an axis; nil for an axis that stays as it is.
  let taps: [[[ResizeTap]]?]
  /// Places that `tf_crop_and_resize` takes from outside of the picture.
  let extrapolated: Extrapolation?

  struct Extrapolation {
    let outside: [[Bool]]
    let value: Double

    func write(into values: inout [Double], shape: [Int]) {
      let strides = TensorShape.strides(shape)
      for i in values.indices
      where shape.indices.contains(where: { outside[$0][i / strides[$0] % shape[$0]] }) {
        values[i] = value
      }
    }
  }

  private struct AxisScale {
    let length: Int
    let scale: Double
  }

  init(_ call: OperatorCall, shape: [Int]) throws(OperatorFault) {
    let modes = ["nearest", "linear", "cubic"]
    let mode = call.text("mode") == "bilinear" ? "linear" : try call.choice("mode", modes)
    // Upsample and version 10 know neither pixel centres nor rounding rules.
    let old = call.name == "Upsample" || call.version < 11
    let transform =
      old
      ? "asymmetric"
      : try call.choice(
        "coordinate_transformation_mode",
        [
          "half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric",
          "tf_crop_and_resize", "tf_half_pixel_for_nn",
        ])
    let rounding =
      old
      ? "floor"
      : try call.choice("nearest_mode", ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"])
    let axes = try Self.axes(call, rank: shape.count)
    let scales = try Self.scales(call, shape: shape, axes: axes, old: old)
    let region = try Self.region(call, rank: shape.count, axes: axes, used: transform == "tf_crop_and_resize")
    var taps: [[[ResizeTap]]?] = []
    var outside: [[Bool]] = []
    _ = try TensorShape.count(scales.map(\.length))
    for axis in shape.indices {
      let (size, scale) = (shape[axis], scales[axis])
      guard size > 0 || scale.length == 0 else { throw .shape("Resize of the empty shape \(shape)") }
      // A stretched kernel reaches 2 / scale places to each side.
      let reach = call.flag("antialias") ? 4 / min(scale.scale, 1) : 4
      try LoadBudget.spend(scale.length, Int(number: reach) + 1)
      let places = (0..<scale.length).map {
        Self.coordinate(Double($0), size: size, scale: scale, transform: transform, region: region?[axis])
      }
      outside.append(places.map { $0 < 0 || $0 > Double(size - 1) })
      let same = scale.length == size && places.indices.allSatisfy { places[$0] == Double($0) }
      let kernel = ResizeKernel(
        size: size, scale: call.flag("antialias") ? min(scale.scale, 1) : 1,
        cubic: call.number("cubic_coeff_a") ?? -0.75, excludeOutside: call.flag("exclude_outside"))
      taps.append(same ? nil : places.map { kernel.taps(at: $0, mode: mode, rounding: rounding) })
    }
    self.taps = taps
    extrapolated =
      transform == "tf_crop_and_resize"
      ? Extrapolation(outside: outside, value: call.number("extrapolation_value") ?? 0) : nil
  }

  /// The shape of the result.
  static func shape(_ call: OperatorCall, shape: [Int]) throws(OperatorFault) -> [Int] {
    let old = call.name == "Upsample" || call.version < 11
    return try scales(call, shape: shape, axes: axes(call, rank: shape.count), old: old).map(\.length)
  }

  /// The axes that scales and sizes speak of.
  private static func axes(_ call: OperatorCall, rank: Int) throws(OperatorFault) -> [Int] {
    guard let named = call.integers("axes") else { return Array(0..<rank) }
    _ = try TensorShape.axes(named, rank: rank)
    return named.map { $0 < 0 ? $0 + rank : $0 }
  }

  /// Length and scale of every axis, from the input "sizes" or "scales".
  private static func scales(
    _ call: OperatorCall, shape: [Int], axes: [Int], old: Bool
  ) throws(OperatorFault) -> [AxisScale] {
    var result = shape.map { AxisScale(length: $0, scale: 1) }
    let factors = call.numbers("scales") ?? call.optional(old ? 1 : 2)?.doubles ?? []
    let policy = try call.choice("keep_aspect_ratio_policy", ["stretch", "not_larger", "not_smaller"])
    if !factors.isEmpty {
      guard factors.count == axes.count, factors.allSatisfy({ $0 > 0 && $0 < 1e6 }) else {
        throw .shape("scales \(factors) for \(axes.count) axes")
      }
      for (axis, factor) in zip(axes, factors) {
        result[axis] = AxisScale(length: Int((Double(shape[axis]) * factor).rounded(.down)), scale: factor)
      }
      return result
    }
    guard let sizes = try call.optional(3)?.sizes(), sizes.count == axes.count, sizes.allSatisfy({ $0 > 0 }),
      axes.allSatisfy({ shape[$0] > 0 })
    else { throw .shape("neither scales nor sizes fit the shape \(shape)") }
    let ratios = zip(axes, sizes).map { Double($1) / Double(shape[$0]) }
    let common = policy == "not_larger" ? ratios.min() : policy == "not_smaller" ? ratios.max() : nil
    for (index, axis) in axes.enumerated() {
      let length = common.map { Int(($0 * Double(shape[axis]) + 0.5).rounded(.down)) } ?? sizes[index]
      result[axis] = AxisScale(length: length, scale: common ?? ratios[index])
    }
    return result
  }

  /// Start and end of the region on every axis, as parts of the picture.
  private static func region(
    _ call: OperatorCall, rank: Int, axes: [Int], used: Bool
  ) throws(OperatorFault) -> [(start: Double, end: Double)]? {
    guard used else { return nil }
    guard let roi = call.optional(1)?.doubles, roi.count == 2 * axes.count else {
      throw .shape("tf_crop_and_resize needs a region of \(2 * axes.count) numbers")
    }
    var result = [(start: Double, end: Double)](repeating: (0, 1), count: rank)
    for (i, axis) in axes.enumerated() { result[axis] = (roi[i], roi[i + axes.count]) }
    return result
  }

  /// Where place `x` of the result lies on an axis of the input.
  private static func coordinate(
    _ x: Double, size: Int, scale: AxisScale, transform: String, region: (start: Double, end: Double)?
  ) -> Double {
    // The length before it is rounded down.
    let (length, input) = (scale.scale * Double(size), Double(size))
    switch transform {
    case "asymmetric": return x / scale.scale
    case "align_corners": return length == 1 ? 0 : x * (input - 1) / (length - 1)
    case "pytorch_half_pixel": return length == 1 ? 0 : (x + 0.5) / scale.scale - 0.5
    case "tf_half_pixel_for_nn": return (x + 0.5) / scale.scale
    case "half_pixel_symmetric":
      // The length is rounded down: shift so that both ends lose the same.
      let adjustment = Double(scale.length) / length
      return input / 2 * (1 - adjustment) + (x + 0.5) / scale.scale - 0.5
    case "tf_crop_and_resize":
      let (start, end) = region ?? (0, 1)
      if length == 1 { return 0.5 * (start + end) * (input - 1) }
      return start * (input - 1) + x * (end - start) * (input - 1) / (length - 1)
    default: return (x + 0.5) / scale.scale - 0.5
    }
  }
}

/// One source of a resized place.
struct ResizeTap {
  let source: Int
  let weight: Double

  init(_ source: Int, _ weight: Double) {
    self.source = source
    self.weight = weight
  }
}

/// Weights of the sources around a place between samples.
struct ResizeKernel {
  let size: Int
  /// Below 1 the kernel is stretched by 1 / scale, so that a smaller picture is smoothed first.
  let scale: Double
  let cubic: Double
  let excludeOutside: Bool

  func taps(at place: Double, mode: String, rounding: String) -> [ResizeTap] {
    guard place.isFinite, abs(place) < 1e9 else { return [] }
    if mode == "nearest" { return [ResizeTap(clamped(Int(nearest(place, rounding))), 1)] }
    let support = (mode == "linear" ? 1 : 2) / scale
    let first = Int((place - support).rounded(.down)) + 1
    let last = Int((place + support).rounded(.up)) - 1
    guard first <= last else { return [ResizeTap(clamped(Int(place.rounded())), 1)] }
    var list: [ResizeTap] = []
    for source in first...last {
      let distance = abs(place - Double(source)) * scale
      let weight = mode == "linear" ? max(0, 1 - distance) : cubicWeight(distance)
      let inside = source >= 0 && source < size
      list.append(ResizeTap(clamped(source), excludeOutside && !inside ? 0 : weight))
    }
    let sum = list.reduce(0) { $0 + $1.weight }
    return sum == 0 ? list : list.map { ResizeTap($0.source, $0.weight / sum) }
  }

  private func clamped(_ source: Int) -> Int { min(max(source, 0), size - 1) }

  private func nearest(_ place: Double, _ rounding: String) -> Double {
    switch rounding {
    case "floor": place.rounded(.down)
    case "ceil": place.rounded(.up)
    case "round_prefer_ceil": (place + 0.5).rounded(.down)
    default: (place - 0.5).rounded(.up)
    }
  }

  /// Keys' cubic convolution kernel with the parameter `cubic`.
  private func cubicWeight(_ x: Double) -> Double {
    let a = cubic
    if x <= 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
    return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0
  }
}
