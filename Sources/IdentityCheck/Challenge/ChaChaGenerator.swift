/// A cryptographic random number generator that can be seeded: the ChaCha20 key stream (RFC 8439, section 2.3).
///
/// The same key gives the same numbers, so that a check can be repeated in a test; ``unpredictable()`` takes its key
/// from the system.
public struct ChaChaGenerator: RandomNumberGenerator, Sendable {
  private let key: [UInt32]
  private let nonce: [UInt32]
  private var counter: UInt32
  private var block: [UInt32] = []
  private var used = 16

  /// A generator for a key of eight words, a block counter and a nonce of three words.
  package init(key: [UInt32], counter: UInt32, nonce: [UInt32]) {
    precondition(key.count == 8 && nonce.count == 3, "ChaCha20 needs a key of 8 words and a nonce of 3")
    (self.key, self.counter, self.nonce) = (key, counter, nonce)
  }

  /// A repeatable generator, for tests and simulations only.
  public init(seed: UInt64) {
    let halves = [UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)]
    self.init(key: halves + [0, 0, 0, 0, 0, 0], counter: 0, nonce: [0, 0, 0])
  }

  /// A generator that nobody can foresee: 256 bits of key from the system's own source.
  public static func unpredictable() -> ChaChaGenerator {
    var system = SystemRandomNumberGenerator()
    let key = (0..<8).map { _ in UInt32.random(in: .min ... .max, using: &system) }
    return ChaChaGenerator(key: key, counter: 0, nonce: [0, 0, 0])
  }

  /// The next 64 bits.
  public mutating func next() -> UInt64 { UInt64(word()) | UInt64(word()) << 32 }

  package mutating func word() -> UInt32 {
    if used == 16 {
      (block, used) = (Self.block(key: key, counter: counter, nonce: nonce), 0)
      counter &+= 1
    }
    defer { used += 1 }
    return block[used]
  }

  private static func block(key: [UInt32], counter: UInt32, nonce: [UInt32]) -> [UInt32] {
    // "expand 32-byte k"
    let start = [0x6170_7865, 0x3320_646E, 0x7962_2D32, 0x6B20_6574] + key + [counter] + nonce
    var state = start
    func quarter(_ a: Int, _ b: Int, _ c: Int, _ d: Int) {
      func mix(_ x: Int, _ y: Int, _ z: Int, _ bits: UInt32) {
        state[x] &+= state[y]
        let folded = state[z] ^ state[x]
        state[z] = folded << bits | folded >> (32 - bits)
      }
      mix(a, b, d, 16)
      mix(c, d, b, 12)
      mix(a, b, d, 8)
      mix(c, d, b, 7)
    }
    for _ in 0..<10 {
      for column in 0..<4 { quarter(column, column + 4, column + 8, column + 12) }
      for column in 0..<4 {
        quarter(column, (column + 1) % 4 + 4, (column + 2) % 4 + 8, (column + 3) % 4 + 12)
      }
    }
    return zip(state, start).map { $0 &+ $1 }
  }
}
