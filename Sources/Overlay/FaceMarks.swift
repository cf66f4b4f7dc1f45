import Observations
import Quantities
import Wording

extension Pen {
  /// Box, heat map and landmarks of one face.
  mutating func faceMarks(_ report: TrackReport, _ options: OverlayOptions) {
    let face = report.track.face
    let box = viewport.place(face.box)
    let color = theme.color(report.verdict.label)
    let isCoasting = report.track.phase == .coasting
    if let patch = options.patches[report.track.id] { list.items.append(.patch(patch, into: box)) }
    if options.showsLandmarks && !isCoasting { landmarks(face.landmarks, box) }
    let radius = min(6, box.width / viewport.unit / 6)
    outline(box, radius: radius, width: 4, color: theme.halo)
    outline(box, radius: radius, width: 1.5, color: color.opacity(isCoasting ? 0.5 : 0.9))
    if !isCoasting { corners(box, color) }
  }

  /// Thick corners, so that a box is found quickly among many.
  private mutating func corners(_ box: PixelRect, _ color: DrawColor) {
    let arm = min(units(22), min(box.width, box.height) / 4)
    guard arm > 2 else { return }
    for (x, dx) in [(box.x, arm), (box.maxX, -arm)] {
      for (y, dy) in [(box.y, arm), (box.maxY, -arm)] {
        line(
          [PixelPoint(x + dx, y), PixelPoint(x, y), PixelPoint(x, y + dy)], width: 3.5, color: color)
      }
    }
  }

  private mutating func landmarks(_ landmarks: Landmarks68, _ box: PixelRect) {
    let points = landmarks.points.map(viewport.place)
    guard points.allSatisfy({ $0.x.isFinite && $0.y.isFinite }) else { return }
    // Points of a small face must not flow into one blot: at most a 70th of its width each.
    let radius = min(max(box.width / 140, 0.6), units(1.7))
    if box.width > units(90) {
      for (range, closed) in Self.contours {
        line(Array(points[range]), width: 1, color: theme.landmark.opacity(0.45), closed: closed)
      }
      list.items.append(.dots(centers: points, radius: radius + units(0.8), color: theme.halo))
    }
    list.items.append(.dots(centers: points, radius: radius, color: theme.landmark))
  }

  /// The lines through the 68 points: jaw, brows, nose, eyes, lips.
  private static let contours: [(Range<Int>, Bool)] = [
    (0..<17, false), (17..<22, false), (22..<27, false), (27..<31, false), (31..<36, false), (36..<42, true),
    (42..<48, true), (48..<60, true), (60..<68, true),
  ]

  /// The label of one face: number, verdict, score; below it history and strongest reason when there is no card.
  mutating func label(_ report: TrackReport, _ history: ScoreHistory, withReason: Bool) {
    let box = viewport.place(report.track.face.box)
    let small = box.width < units(150)
    let style = style(small ? 12 : 15, bold: true)
    var parts = ["#\(report.track.id.value)", words.verdict(report.verdict.label)]
    if let score = report.liveScore { parts.append(words.percent(score)) }
    if let phase = words.phase(report.track.phase) { parts.append(phase) }
    let text = parts.joined(separator: "  ")
    let size = PixelSize(
      width: Int(width(text, style) + units(small ? 12 : 16)), height: Int(units(small ? 18 : 24)))
    let place = freePlace(size, about: box)
    panel(place, radius: 4, color: theme.color(report.verdict.label))
    self.text(text, in: place, .center, style, theme.onVerdict)
    taken.append(place)
    if withReason { footnote(report, history, box) }
  }

  /// History and strongest reason below a box.
  private mutating func footnote(_ report: TrackReport, _ history: ScoreHistory, _ box: PixelRect) {
    let style = style(11)
    let line = words.lines(report).first { $0.side == .against } ?? words.lines(report).first
    let text = line.map { "\($0.name): \($0.value)" } ?? ""
    let wide = min(max(units(110), width(text, style) + units(12)), units(230))
    let size = PixelSize(width: Int(wide), height: Int(units(34)))
    let place = freePlace(size, about: box, belowFirst: true)
    panel(place, radius: 4)
    let chart = PixelRect(
      x: place.x + units(5), y: place.y + units(3), width: place.width - units(10), height: units(12))
    self.chart(
      history[report.track.id], length: history.length, in: chart, color: theme.color(report.verdict.label))
    let row = PixelRect(
      x: chart.x, y: chart.maxY + units(2), width: chart.width, height: place.maxY - chart.maxY - units(4))
    self.text(text, in: row, .leading, style, theme.text)
    taken.append(place)
  }

  /// A place of `size` at a box: outside above or below it, then inside, where it covers least of what is taken.
  private func freePlace(_ size: PixelSize, about box: PixelRect, belowFirst: Bool = false) -> PixelRect {
    let (w, h, gap) = (Float(size.width), Float(size.height), units(4))
    let start = isRightToLeft ? box.maxX - w : box.x
    let other = isRightToLeft ? box.x : box.maxX - w
    let (above, below) = (box.y - h - gap, box.maxY + gap)
    let (first, second) = belowFirst ? (below, above) : (above, below)
    let candidates = [
      (start, first), (other, first), (start, second), (other, second), (box.center.x - w / 2, first),
      (box.center.x - w / 2, second), (start, second + (second > box.y ? units(24) : -units(24))),
      (start, first + (first > box.y ? units(24) : -units(24))), (start, box.maxY - h - gap),
      (start, box.y + gap),
    ].map { x, y in clamped(PixelRect(x: x, y: y, width: w, height: h)) }
    let costs = candidates.map { place in taken.reduce(Float(0)) { $0 + $1.intersection(place).area } }
    let best = costs.indices.min { costs[$0] < costs[$1] } ?? 0
    return candidates[best]
  }

  /// Moved so that it lies on the canvas, below the bar.
  func clamped(_ rect: PixelRect) -> PixelRect {
    let area = viewport.bounds
    let top = barHeight + units(2)
    let x = max(min(rect.x, area.maxX - rect.width - units(2)), units(2))
    let y = max(min(rect.y, area.maxY - rect.height - units(2)), top)
    return PixelRect(x: x, y: y, width: rect.width, height: rect.height).rounded
  }
}
