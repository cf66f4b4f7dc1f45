import Evaluation
import Imaging
import Quantities
import Testing

/// What happens to pictures on their way: each kind by its own measure.
@Suite struct PerturbationTests {
  private let size = PixelSize(width: 64, height: 48)
  private let face = PixelRect(x: 16, y: 12, width: 32, height: 24)

  private func frame(_ index: UInt64 = 0, _ level: (Int, Int) -> UInt8) -> Frame {
    let image = RGBImage(size: size) { bytes in
      for place in bytes.indices { bytes[place] = level(place / 3 % size.width, place / 3 / size.width) }
    }
    return image.frame(
      stamp: FrameStamp(index: index, captured: MonotonicInstant(nanoseconds: 7), camera: "c"))
  }

  private func changed(_ text: String, _ frame: Frame, face: PixelRect? = nil, seed: UInt64 = 1) throws
    -> RGBImage
  {
    let result = try #require(FramePerturbation(text)).apply(frame, face: face, seed: seed)
    #expect(result.stamp == frame.stamp)
    return result.rgbImage()
  }

  @Test(
    arguments: [
      ("jpeg:30", "jpeg:30"), ("face:96", "face:96"), ("blur:0.1", "blur:0.1"), ("noise:100", "noise:100"),
      ("gamma:0.5", "gamma:0.5"), ("occlude:15", "occlude:15"), ("jpeg:0", nil), ("jpeg:101", nil),
      ("face:15", nil),
      ("blur:0", nil), ("noise:-1", nil), ("gamma:nan", nil), ("occlude:inf", nil), ("occlude:91", nil),
      ("jpeg", nil),
      ("jpeg:", nil), ("jpeg:3:4", nil), (":3", nil), ("rotate:3", nil), ("JPEG:30", nil), ("", nil),
    ] as [(String, String?)]) func amountsThatMakeSense(text: String, read: String?)
  {
    #expect(FramePerturbation(text)?.description == read)
  }

  @Test func onlySomeNeedToKnowTheFace() throws {
    for kind in FramePerturbation.Kind.allCases {
      let one = try #require(FramePerturbation(kind, kind.range.lowerBound))
      #expect(one.needsFace == (kind == .face || kind == .occlude))
      guard one.needsFace else { continue }
      let plain = frame { x, y in UInt8(x + y) }
      #expect(one.apply(plain, face: nil, seed: 1).rgbImage() == plain.rgbImage())
    }
  }

  /// 255 (v / 255)^gamma.
  @Test func gammaIsItsFormula() throws {
    let ramp = frame { x, _ in UInt8(x * 4) }
    #expect(try changed("gamma:1", ramp) == ramp.rgbImage())
    let dark = try changed("gamma:2", ramp)
    for x in 0..<64 {
      let value = Double(x * 4) / 255
      #expect(Int(dark[x, 0, 0]) == Int((255 * value * value).rounded()))
    }
  }

  @Test func blurKeepsTheMeanAndHasItsWidth() throws {
    #expect(try changed("blur:3", frame { _, _ in 77 }).bytes.allSatisfy { $0 == 77 })
    // A line of light: its shares at one and two pixels are exp(-1/8) and exp(-1/2) of the middle's.
    let line = try changed("blur:2", frame { x, _ in x == 32 ? 255 : 0 })
    let middle = Double(line[32, 24, 0])
    #expect(abs(middle - 255 * 0.1997) < 1.5 && line[31, 24, 0] == line[33, 24, 0])
    #expect(abs(Double(line[34, 24, 0]) / middle - 0.6065) < 0.03)
    // Down as well as across.
    let row = try changed("blur:2", frame { _, y in y == 24 ? 255 : 0 })
    #expect(row[10, 26, 1] == line[34, 24, 1] && row[10, 24, 1] == line[32, 24, 1])
  }

  @Test func noiseHasItsSpreadAndRepeats() throws {
    let gray = frame { _, _ in 128 }
    let noisy = try changed("noise:10", gray)
    let values = noisy.bytes.map { Double($0) - 128 }
    let mean = values.reduce(0, +) / Double(values.count)
    let spread = (values.reduce(0) { $0 + $1 * $1 } / Double(values.count) - mean * mean).squareRoot()
    #expect(abs(mean) < 0.4 && abs(spread - 10) < 0.4, "\(mean) \(spread)")
    #expect(try changed("noise:10", gray) == noisy)
    #expect(
      try changed("noise:10", gray, seed: 2) != noisy
        && changed("noise:10", frame(1) { _, _ in 128 }) != noisy)
  }

  @Test func aCoverHasItsShareOfTheFaceAndStaysInIt() throws {
    let black = frame { _, _ in 0 }
    var places: Set<Int> = []
    for seed in 0..<20 as Range<UInt64> {
      let image = try changed("occlude:25", black, face: face, seed: seed)
      let covered = (0..<size.area).filter { image.bytes[$0 * 3] == 128 }
      // A quarter of 32 x 24 is a square of about 13.9.
      #expect((13 * 13...15 * 15).contains(covered.count))
      #expect(covered.allSatisfy { face.contains(PixelPoint(Float($0 % 64) + 0.5, Float($0 / 64) + 0.5)) })
      places.insert(covered.first ?? -1)
      // The same in all frames of a file.
      #expect(try changed("occlude:25", frame(9) { _, _ in 0 }, face: face, seed: seed) == image)
    }
    #expect(places.count > 5)
    // A face that reaches outside of the frame is covered as far as it is seen.
    _ = try changed("occlude:90", black, face: PixelRect(x: -20, y: 30, width: 200, height: 200))
  }

  @Test func aSmallerFaceIsTheMeanOfItsPixels() throws {
    let stripes = frame { x, _ in x % 2 == 0 ? 0 : 200 }
    let half = try changed("face:16", stripes, face: face)
    #expect(half.size == PixelSize(width: 32, height: 24))
    #expect(half.bytes.allSatisfy { abs(Int($0) - 100) <= 2 })
    // A face that is small enough is left alone.
    #expect(try changed("face:32", stripes, face: face) == stripes.rgbImage())
  }

  @Test func jpegLosesMoreAtLessQuality() throws {
    let busy = frame { x, y in UInt8((x * 37 + y * 91) % 256) }
    func loss(_ quality: Int) throws -> Int {
      let image = try changed("jpeg:\(quality)", busy)
      return zip(image.bytes, busy.rgbImage().bytes).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
    }
    let (best, middle, worst) = (try loss(100), try loss(50), try loss(5))
    #expect(best < middle && middle < worst && best / busy.rgbImage().bytes.count < 3)
  }
}

/// Tables of labels as people write them.
@Suite struct LabelTableFormTests {
  private func problem(_ text: String) -> LabelTableError? {
    do throws(LabelTableError) {
      _ = try LabelTable.read(text)
      return nil
    } catch { return error }
  }

  @Test func columnsStandInAnyOrder() throws {
    let files = try LabelTable.read(
      "label\tx\tpath\tgroup\tlogit:net\nreal\t1\ta/b.mp4\tann\t-2.5\r\nfake\t\tc.png\t\t\n\n")
    #expect(files.map(\.path) == ["a/b.mp4", "c.png"] && files.map(\.label) == ["real", "fake"])
    // Without a group each file is one of its own.
    #expect(
      files.map(\.group) == ["ann", "c.png"] && files[0].given == ["logit:net": -2.5] && files[1].given == [:]
    )
  }

  @Test(arguments: [
    ("", 1, "expected a header with the columns path and label"),
    ("path\tkind\n", 1, "expected a header with the columns path and label"),
    ("path\tlabel\na\n", 2, "expected a path and a label, found 1 cells"),
    ("path\tlabel\n\n\treal\n", 3, "expected a path and a label, found 2 cells"),
    ("path\tlabel\n/etc/passwd\treal", 2, "expected a path below the table's folder"),
    ("path\tlabel\na/../../b\treal", 2, "expected a path below the table's folder"),
    ("path\tlabel\tprobability\na\treal\tmuch", 2, "probability: expected a finite number, found much"),
    ("path\tlabel\tlogit:n\na\treal\tinf", 2, "logit:n: expected a finite number, found inf"),
    ("path\tlabel\tlogit:n\na\treal\tnan", 2, "logit:n: expected a finite number, found nan"),
  ]) func lineAndProblemAreNamed(text: String, line: Int, words: String) {
    #expect(problem(text)?.line == line && problem(text)?.problem == words)
    #expect(problem(text)?.description == "line \(line): \(words)")
  }

  @Test func dotsInNamesAreNoWayOut() throws {
    #expect(try LabelTable.read("path\tlabel\n..a/b..c/.../d\treal").count == 1)
  }
}
