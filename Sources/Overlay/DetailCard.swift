import Observations
import Quantities
import Wording

extension Pen {
  private var cardWidth: Float { units(312) }
  private var rowHeight: Float { units(21) }

  /// Draws a card for each track in the column that hides least of the faces. False, and nothing drawn, when every
  /// column would hide a good part of one.
  mutating func placeCards(_ tracks: [TrackReport], _ history: ScoreHistory) -> Bool {
    guard !tracks.isEmpty else { return false }
    let (margin, top) = (units(12), barHeight + units(10))
    let available = Float(viewport.canvas.height) - top - units(10)
    let gaps = units(8) * Float(tracks.count - 1)
    let share = (available - gaps) / Float(tracks.count)
    let rows = tracks.map { track in
      min(words.lines(track).count, max(1, Int((share - headHeight) / rowHeight)))
    }
    let heights = rows.map { headHeight + Float($0) * rowHeight }
    let height = heights.reduce(gaps, +)
    guard height <= available else { return false }
    let right = PixelRect(
      x: Float(viewport.canvas.width) - cardWidth - margin, y: top, width: cardWidth, height: height)
    let left = PixelRect(x: margin, y: top, width: cardWidth, height: height)
    let columns = isRightToLeft ? [left, right] : [right, left]
    // The box's rim may be covered, eyes, nose and mouth not.
    let faces = tracks.map { viewport.place($0.track.face.box).scaled(by: 0.75) }
    let costs = columns.map { column in
      faces.map { $0.intersection(column).area / max(min($0.area, column.area), 1) }.max() ?? 0
    }
    let column = costs[0] <= costs[1] ? 0 : 1
    guard costs[column] < 0.12 else { return false }
    var y = top
    for (index, track) in tracks.enumerated() {
      let place = PixelRect(x: columns[column].x, y: y, width: cardWidth, height: heights[index])
      card(track, history, rows: rows[index], in: place.rounded)
      y += heights[index] + units(8)
    }
    taken.append(columns[column])
    return true
  }

  private var headHeight: Float { units(128) }

  private mutating func card(_ report: TrackReport, _ history: ScoreHistory, rows: Int, in place: PixelRect) {
    let color = theme.color(report.verdict.label)
    panel(place)
    panel(leadingPart(place, width: units(4)), radius: 2, color: color)
    let inner = trimmed(place, leading: units(18), trailing: units(14))
    var row = PixelRect(x: inner.x, y: place.y + units(9), width: inner.width, height: units(24))
    let used = text(
      "#\(report.track.id.value)  \(words.verdict(report.verdict.label))", in: row, .leading,
      style(17, bold: true), color)
    text(
      pose(report.track.face.pose), in: trimmed(row, leading: used + units(10)), .trailing, style(13),
      theme.secondary)
    scoreAndChart(report, history, in: inner, top: row.maxY, color)
    row = PixelRect(x: inner.x, y: place.y + headHeight - units(9), width: inner.width, height: rowHeight)
    line(
      [PixelPoint(inner.x, row.y - units(5)), PixelPoint(inner.maxX, row.y - units(5))], width: 1,
      color: theme.rule)
    for line in words.lines(report).prefix(rows) {
      cueLine(line, in: row)
      row.y += rowHeight
    }
  }

  private mutating func scoreAndChart(
    _ report: TrackReport, _ history: ScoreHistory, in inner: PixelRect, top: Float, _ color: DrawColor
  ) {
    let numbers = PixelRect(x: inner.x, y: top + units(2), width: inner.width, height: units(46))
    let left = leadingPart(numbers, width: units(112))
    let caption = PixelRect(x: left.x, y: left.maxY - units(2), width: left.width, height: units(20))
    let isPending = if case .pending = report.verdict.risk { true } else { false }
    text(words.word(isPending ? .waiting : .score), in: caption, .leading, style(13), theme.secondary)
    switch report.verdict.risk {
    case .measured(let risk, _):
      text(words.percent(risk.complement.value), in: left, .leading, style(36, bold: true), theme.text)
    case .pending(let observed, let required):
      let part = "\(Words.count(observed)) / \(Words.count(required))"
      text(part, in: left, .leading, style(20, bold: true), theme.text)
      progress(required > 0 ? observed / required : 0, under: left, color)
    case .unavailable(let reason):
      text(words.unavailable(reason), in: left, .leading, style(13), theme.text)
    }
    let area = trimmed(numbers, leading: units(120))
    chart(
      history[report.track.id], length: history.length,
      in: PixelRect(x: area.x, y: area.y + units(4), width: area.width, height: units(56)), color: color)
  }

  private mutating func progress(_ part: Double, under row: PixelRect, _ color: DrawColor) {
    let track = PixelRect(
      x: row.x, y: row.maxY - units(8), width: row.width - units(6), height: units(4)
    ).rounded
    panel(track, radius: 2, color: theme.rule)
    let wide = track.width * Float(min(max(part.isFinite ? part : 0, 0), 1))
    if wide >= 1 { panel(leadingPart(track, width: wide), radius: 2, color: color) }
  }

  /// A row: a mark whose shape and word tell the side, the cue, its value.
  private mutating func cueLine(_ line: CueLine, in row: PixelRect) {
    let (mark, color): (String?, DrawColor) =
      switch line.side {
      case .supports: (words.side(against: false), theme.live)
      case .against: (words.side(against: true), theme.fake)
      case .silent: (nil, theme.secondary)
      }
    sideMark(line.side, at: leadingPart(row, width: units(10)).center, color)
    var rest = trimmed(row, leading: units(18))
    if let mark {
      let used = text(mark, in: rest, .trailing, style(13, bold: true), color)
      rest = trimmed(rest, trailing: used + units(10))
    }
    let valueWidth = min(width(line.value, style(13)), rest.width * 0.62)
    let name = trimmed(rest, trailing: valueWidth + units(8))
    text(line.name, in: name, .leading, style(13), theme.text)
    text(
      line.value, in: trimmed(rest, leading: rest.width - valueWidth - 1), .trailing, style(13),
      line.side == .silent ? theme.secondary : theme.text)
  }

  /// A triangle up speaks for, a triangle down against, a dash says nothing.
  private mutating func sideMark(_ side: CueLine.Side, at center: PixelPoint, _ color: DrawColor) {
    let r = units(4)
    switch side {
    case .silent:
      line(
        [PixelPoint(center.x - r, center.y), PixelPoint(center.x + r, center.y)], width: 1.5, color: color)
    case .supports, .against:
      let down: Float = side == .against ? 1 : -1
      let points = [
        PixelPoint(center.x - r, center.y - down * r * 0.8),
        PixelPoint(center.x + r, center.y - down * r * 0.8),
        PixelPoint(center.x, center.y + down * r),
      ]
      list.items.append(.polygon(points: points, color: color))
    }
  }

  private func pose(_ pose: HeadPose?) -> String {
    guard let pose else { return "" }
    func degrees(_ angle: Float) -> String { "\(Words.number(Double(angle), digits: 0))°" }
    return [
      "\(words.word(.yaw)) \(degrees(pose.yaw.degrees))",
      "\(words.word(.pitch)) \(degrees(pose.pitch.degrees))",
    ].joined(separator: "  ")
  }

  /// Scores over time in 0...1, the newest of `length` at the trailing end; gaps where the score was not known.
  mutating func chart(_ history: [Double?], length: Int, in area: PixelRect, color: DrawColor) {
    guard area.width > 4, area.height > 4 else { return }
    for level: Float in [0, 0.5, 1] {
      let y = (area.maxY - level * area.height).rounded() + 0.5
      line(
        [PixelPoint(area.x, y), PixelPoint(area.maxX, y)], width: level == 0.5 ? 0.6 : 1, color: theme.rule)
    }
    // A point every two units is all that can be seen.
    let most = max(2, Int(area.width / units(2)))
    let step = max(1, (length + most - 1) / most)
    var stretch: [PixelPoint] = []
    let missing = length - history.count
    for index in stride(from: (history.count + step - 1) % step, to: history.count, by: step) {
      guard let score = history[index] else {
        line(stretch, width: 2, color: color)
        stretch = []
        continue
      }
      let part = Float(index + missing) / Float(length - 1)
      let x = isRightToLeft ? area.maxX - part * area.width : area.x + part * area.width
      stretch.append(PixelPoint(x, area.maxY - Float(min(max(score, 0), 1)) * area.height))
    }
    line(stretch, width: 2, color: color)
    if let end = stretch.last, history.last.flatMap({ $0 }) != nil {
      list.items.append(.dots(centers: [end], radius: units(3), color: color))
    }
  }
}
