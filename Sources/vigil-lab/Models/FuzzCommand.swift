import ArgumentParser
import Foundation
import Inference
import ModelFormats

/// Loads damaged networks, again and again: whatever the bytes are, loading ends with a network or an error.
///
/// Meant to be built with AddressSanitizer (`make fuzz-models`). The input under test lies in `--current` while it
/// runs, so that it is still there after a crash.
struct FuzzCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fuzz", abstract: "Loads seeded mutations of network files for some time.")

  @Argument(help: "Network files or folders of them (.onnx, .tflite) to start from.")
  var seeds: [String]

  @Option(help: "Seconds to run.")
  var seconds = 600

  @Option(help: "First number of the mutations; the same seed gives the same inputs.")
  var seed: UInt64 = 1

  @Option(help: "File that holds the input under test.")
  var current = "fuzz-current.bin"

  @Option(help: "An input that takes longer than this many seconds fails.")
  var slowest = 20.0

  @Option(help: "Only seeds of at most this many bytes.")
  var largest = 1 << 20

  func run() throws {
    let files = try seedFiles()
    guard !files.isEmpty else {
      throw ValidationError("no .onnx or .tflite files of at most \(largest) bytes")
    }
    let inputs = try files.map { [UInt8](try Data(contentsOf: $0)) }
    print("fuzz: \(inputs.count) seed files, seed \(seed), \(seconds) s")
    var mutator = Mutator(seed: seed, corpus: inputs)
    var (loaded, refused, slow) = (0, 0, 0)
    let end = Date(timeIntervalSinceNow: Double(seconds))
    while Date() < end {
      let bytes = mutator.next()
      try Data(bytes).write(to: URL(fileURLWithPath: current))
      let start = Date()
      do {
        _ = try Network(bytes: ModelBytes(copying: bytes), file: "fuzzed")
        loaded += 1
        // What still loads is a better start for the next mutation.
        mutator.keep(bytes)
      } catch {
        precondition(!error.description.isEmpty, "an error without words")
        refused += 1
      }
      let time = Date().timeIntervalSince(start)
      if time > slowest {
        slow += 1
        let copy = "\(current).slow-\(slow)"
        try Data(bytes).write(to: URL(fileURLWithPath: copy))
        print("fuzz: slow input (\(time) s) kept as \(copy)")
      }
    }
    print(
      "fuzz: \(loaded + refused) inputs, \(loaded) loaded, \(refused) refused, \(slow) slow, "
        + "largest memory \(Self.largestMemory)")
    if slow > 0 { throw ExitCode.failure }
    try? FileManager.default.removeItem(atPath: current)
  }

  /// The most memory that the process ever had, as the kernel tells it.
  private static var largestMemory: String {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line.map { $0.dropFirst(6).trimmingCharacters(in: .whitespaces) } ?? "unknown"
  }

  private func seedFiles() throws -> [URL] {
    var files: [URL] = []
    for path in seeds {
      let url = URL(fileURLWithPath: path)
      guard let all = FileManager.default.enumerator(at: url, includingPropertiesForKeys: [.fileSizeKey])
      else {
        files.append(url)
        continue
      }
      let found = all.compactMap { $0 as? URL }
      files += found.isEmpty ? [url] : found
    }
    return files.filter { file in
      ["onnx", "tflite"].contains(file.pathExtension)
        && (try? file.resourceValues(forKeys: [.fileSizeKey]).fileSize).map { $0 <= largest } ?? false
    }.sorted { $0.path < $1.path }
  }
}

/// Seeded damage to files.
struct Mutator {
  private var random: SeededInput
  private var corpus: [[UInt8]]
  private let seeds: Int

  init(seed: UInt64, corpus: [[UInt8]]) {
    random = SeededInput(seed: seed)
    self.corpus = corpus
    seeds = corpus.count
  }

  /// Remembers an input that still loaded, in place of an older one of these.
  mutating func keep(_ bytes: [UInt8]) {
    guard bytes.count <= 1 << 16 else { return }
    if corpus.count < seeds + 512 {
      corpus.append(bytes)
    } else {
      corpus[seeds + number(512)] = bytes
    }
  }

  mutating func next() -> [UInt8] {
    var bytes = corpus[number(corpus.count)]
    for _ in 0...number(6) where !bytes.isEmpty { damage(&bytes) }
    return bytes
  }

  private mutating func number(_ limit: Int) -> Int { Int(random.bits() % UInt64(max(limit, 1))) }

  /// A place, more often near the beginning or the end, where the structure of large files lies.
  private mutating func place(_ count: Int) -> Int {
    switch number(3) {
    case 0: number(min(count, 4096))
    case 1: count - 1 - number(min(count, 16384))
    default: number(count)
    }
  }

  private static let telling: [UInt64] = [
    0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 1 << 40,
    0x7fff_ffff_ffff_ffff, 0x8000_0000_0000_0000, 0xffff_ffff_ffff_ffff,
  ]

  private mutating func damage(_ bytes: inout [UInt8]) {
    let at = place(bytes.count)
    switch number(8) {
    case 0: bytes[at] ^= 1 << UInt8(number(8))
    case 1: bytes[at] = UInt8(number(256))
    case 2: bytes[at] = UInt8(truncatingIfNeeded: Self.telling[number(Self.telling.count)])
    case 3:
      // A telling number over 2, 4 or 8 bytes.
      let value = Self.telling[number(Self.telling.count)]
      for i in 0..<(2 << number(3)) where at + i < bytes.count {
        bytes[at + i] = UInt8(truncatingIfNeeded: value >> UInt64(8 * i))
      }
    case 4: bytes.removeSubrange(at..<min(bytes.count, at + 1 + number(16)))
    case 5:
      bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + 1 + number(64))], at: place(bytes.count))
    case 6:
      // A piece of another file.
      let other = corpus[number(corpus.count)]
      guard !other.isEmpty else { return }
      let from = number(other.count)
      bytes.insert(contentsOf: other[from..<min(other.count, from + 1 + number(256))], at: at)
    default:
      if number(8) == 0 { bytes.removeSubrange(at...) } else { bytes[at] = bytes[at] &+ 1 }
    }
  }
}
