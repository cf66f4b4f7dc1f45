import CFence
import Foundation
import Imaging
import Quantities

extension DecoderChild {
  /// Answers each request with the picture that libv4lconvert makes of the medium's bytes; the result is the exit code.
  ///
  /// The library starts and the medium is mapped before the fence goes up, and nothing of the camera has been read then.
  static func runConversions(_ words: String, _ shared: UnsafeMutableRawBufferPointer) -> Int32 {
    guard let conversion = FrameConversion(words: words), let medium = mapMedium(),
      medium.count >= conversion.capacity, shared.count >= conversion.layout.byteCount,
      let converter = LibraryConverter(conversion)
    else {
      send(.failed(.refused, "libv4lconvert does not start"))
      return 1
    }
    if let problem = fenceIn(.convert) {
      send(.failed(.refused, "the converter cannot be fenced in: \(problem)"))
      return 1
    }
    send(.opened(DecoderMessage.Opening(kind: .live, size: conversion.size, framesPerSecond: nil)))
    var (request, index, undecodable) = (fence_request(), Int64(0), Int64(0))
    while receive(&request), request.magic == FENCE_MAGIC, request.version == FENCE_VERSION {
      guard request.kind == FENCE_CONVERT.rawValue, (1...Int64(medium.count)).contains(request.byte_count)
      else { return 1 }
      let bytes = UnsafeRawBufferPointer(rebasing: medium[0..<Int(request.byte_count)])
      if converter.convert(bytes, into: shared) {
        send(
          .frame(
            DecoderMessage.FrameHead(
              index: index, captured: MonotonicInstant(nanoseconds: index), layout: conversion.layout,
              undecodable: undecodable, damaged: 0)))
        index += 1
      } else {
        undecodable += 1
        send(.dropped(undecodable: undecodable))
      }
    }
    return 0
  }

  private static func mapMedium() -> UnsafeRawBufferPointer? {
    var status = stat()
    let descriptor = Int32(FENCE_MEDIUM)
    guard fstat(descriptor, &status) == 0, status.st_size > 0 else { return nil }
    let mapped = mmap(nil, Int(status.st_size), PROT_READ, MAP_SHARED, descriptor, 0)
    close(descriptor)
    guard let mapped, mapped != MAP_FAILED else { return nil }
    return UnsafeRawBufferPointer(start: mapped, count: Int(status.st_size))
  }
}
