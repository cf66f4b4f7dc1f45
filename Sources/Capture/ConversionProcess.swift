import CFence
import Foundation
import Imaging
import Quantities

/// libv4lconvert in a process of its own, behind the decoder's fence; a camera's bytes cross in shared memory.
///
/// A process that crashes, answers nothing or something else is ended and started again at a later picture, with waits
/// that double up to half a minute; the pictures until then cannot be converted and are counted as such.
/// Cost: one copy there, one back and two words through a socket for each picture.
package final class ConversionProcess: FrameConverting {
  private static let patience = Duration.seconds(5)
  /// Starting takes some milliseconds; on a machine that is swapping, or emulated, very much longer.
  private static let startPatience = Duration.seconds(30)
  private static let longestWait = Duration.seconds(30)

  private let program: String
  private let conversion: FrameConversion
  private let source: String
  private let log: CaptureLog
  private var child: ChildProcess?
  /// What the child reads; mapped here and there.
  private var medium: UnsafeMutableRawBufferPointer?
  private var failures = 0
  private var notBefore: MonotonicInstant?

  /// A converter whose process begins with the first picture; `program` has the hidden command `decode-child`.
  package init(program: String, conversion: FrameConversion, source: String, log: CaptureLog) {
    (self.program, self.conversion, self.source, self.log) = (program, conversion, source, log)
  }

  deinit { release() }

  package func convert(
    _ bytes: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
  ) -> Bool {
    if let notBefore, .now() < notBefore { return false }
    do throws(CaptureError) {
      if child == nil { try start() }
      guard let child, let medium, let count = conversion.pack(bytes, into: medium) else { return false }
      child.request(convertingBytes: count)
      switch try child.receive(patience: Self.patience) {
      case .frame:
        // What the child says of the picture's layout is not needed, so it is not believed.
        let byteCount = conversion.layout.byteCount
        target.copyMemory(from: UnsafeRawBufferPointer(rebasing: child.memory[0..<byteCount]))
        failures = 0
        return true
      case .dropped:
        failures = 0
        return false
      case nil: throw CaptureError(.refused, source, "the converter did not answer within 5 s")
      default: throw CaptureError(.refused, source, "the converter speaks out of turn")
      }
    } catch {
      fail(error)
      return false
    }
  }

  private func fail(_ error: CaptureError) {
    release()
    failures += 1
    let wait = min(Duration.seconds(1 << min(failures - 1, 5)), Self.longestWait)
    notBefore = .now() + wait
    log.note("\(source): the conversion of \(conversion.format.name) failed: \(error.problem)", at: .now())
  }

  private func start() throws(CaptureError) {
    let byteCount = conversion.capacity
    let shared = fence_shared_memory(Int64(byteCount))
    guard shared >= 0 else { throw DriverFault("making shared memory", shared).error(source) }
    let mapped = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, shared, 0)
    guard let mapped, mapped != MAP_FAILED else {
      let code = errno
      close(shared)
      throw DriverFault("mapping shared memory", code).error(source)
    }
    medium = UnsafeMutableRawBufferPointer(start: mapped, count: byteCount)
    let child = try ChildProcess(
      program: program, task: .convert, medium: shared, address: conversion.words,
      mostPixels: conversion.size.area, source: source)
    child.note = { [log, source] in log.note("\(source): \($0)", at: .now()) }
    guard case .opened? = try child.receive(patience: Self.startPatience) else {
      throw CaptureError(.refused, source, "the converter does not start")
    }
    self.child = child
  }

  private func release() {
    child = nil
    if let medium { munmap(medium.baseAddress, medium.count) }
    medium = nil
  }
}
