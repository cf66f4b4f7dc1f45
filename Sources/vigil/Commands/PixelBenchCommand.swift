import ArgumentParser
import Capture
import Foundation
import Imaging
import Quantities
import Surroundings

/// `vigil bench-pixels`: time of decoding, copying and warping on this machine.
struct PixelBenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench-pixels", abstract: "Times JPEG decoding and warps of 1280x720 frames.",
    shouldDisplay: false)

  @Option(help: "Motion JPEG file, for example of: ffmpeg -i CLIP -s 1280x720 -c:v mjpeg -q:v 4 FILE.mjpg")
  var mjpeg: String?
  @Option(help: "Repetitions.") var runs = 101

  func validate() throws { try GivenNumber.check(runs, "--runs", in: 1...1_000_000) }

  func run() throws {
    if let mjpeg { try decode(mjpeg) }
    for (name, layout) in layouts {
      try warp(name, layout)
      try convert(name, layout)
    }
    try toneMap("HLG", .hybridLogGamma)
    try toneMap("PQ", .perceptualQuantizer(peak: 1000))
  }

  private var size: PixelSize { PixelSize(width: 1280, height: 720) }

  private var layouts: [(String, PixelLayout)] {
    [
      ("I420", .i420(size, .bt709, .limited)), ("NV12", .nv12(size, .bt709, .limited)),
      ("YUYV", .yuyv(size, rowStride: 2 * size.width, .bt601, .limited)), ("RGB", .rgb24(size)),
    ]
  }

  private func decode(_ path: String) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Failure(.noInput, "\(path): cannot be read") }
    defer { close(descriptor) }
    let stream = MotionJPEGStream(descriptor: descriptor, name: path)
    var times: [Double] = []
    do {
      while times.count < runs {
        let start = MonotonicInstant.now()
        guard case .frame(let frame) = try stream.next() else { break }
        times.append((MonotonicInstant.now() - start).inMilliseconds)
        if times.count == 1 {
          try StandardOutput.line("Motion JPEG \(frame.size.width)x\(frame.size.height)")
        }
      }
    } catch let error as CaptureError { throw Failure(.noInput, error.description) }
    try report("read, split, decode to planes", times)
  }

  private func drawnFrame(_ layout: PixelLayout) -> Frame {
    let stamp = FrameStamp(index: 0, captured: MonotonicInstant(nanoseconds: 0), camera: "bench")
    return Frame(layout: layout, stamp: stamp) { bytes in
      for place in bytes.indices { bytes[place] = UInt8(truncatingIfNeeded: place &* 31) }
    }
  }

  private func convert(_ name: String, _ layout: PixelLayout) throws {
    let frame = drawnFrame(layout)
    var output = [UInt8](repeating: 0, count: layout.size.area * 3)
    var times: [Double] = []
    for _ in 0..<runs {
      let start = MonotonicInstant.now()
      output.withUnsafeMutableBufferPointer { frame.convertRGB(into: $0) }
      times.append((MonotonicInstant.now() - start).inMilliseconds)
    }
    try report("convert \(name) to RGB bytes, whole", times)
  }

  private func warp(_ name: String, _ layout: PixelLayout) throws {
    let frame = drawnFrame(layout)
    for side in [256, 192, 128] {
      let picture = PixelSize(width: side, height: side)
      let scale = side == 128 ? Float(10) : 300 / Float(side)
      let turn: Float = side == 128 ? 0 : 0.15
      let map = AffineTransform2D(
        a: scale, b: turn, tx: side == 128 ? 0 : 400, c: -turn, d: scale, ty: side == 128 ? -280 : 250)
      var output = [Float](repeating: 0, count: picture.area * 3)
      var times: [Double] = []
      for _ in 0..<runs {
        let start = MonotonicInstant.now()
        output.withUnsafeMutableBufferPointer {
          frame.warpRGB(into: $0, size: picture, map: map, scale: 1 / 127.5, bias: -1)
        }
        times.append((MonotonicInstant.now() - start).inMilliseconds)
      }
      try report("warp \(name) to \(side)x\(side) RGB floats", times)
    }
  }

  private func toneMap(_ name: String, _ transfer: ToneMap.Transfer) throws {
    let map = ToneMap(transfer)
    let words = (0..<size.area * 3).map { UInt16(truncatingIfNeeded: $0 &* 40_503) }
    var output = [UInt8](repeating: 0, count: size.area * 3)
    var times: [Double] = []
    for _ in 0..<runs {
      let start = MonotonicInstant.now()
      map.map(words, count: size.area, into: &output)
      times.append((MonotonicInstant.now() - start).inMilliseconds)
    }
    try report("map \(name) to a standard screen, whole", times)
  }

  private func report(_ name: String, _ times: [Double]) throws {
    guard !times.isEmpty else { return }
    let sorted = times.sorted()
    let (median, late) = (sorted[sorted.count / 2], sorted[sorted.count * 95 / 100])
    try StandardOutput.line(
      String(format: "%@: median %.3f ms, p95 %.3f ms (%d runs)", name, median, late, times.count))
  }
}
