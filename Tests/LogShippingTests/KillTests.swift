import AuditLog
import Crypto
import Foundation
import LogProofs
import LogShipping
import Testing
import VigilTesting

/// kill -9 of either side while a writer appends and `vigil-ship --follow` sends.
///
/// `VIGIL_SHIP_KILLS` is how often (default 6; `make soak-ship` takes 50).
@Suite(.needsServer, .timeLimit(.minutes(15)))
struct KillTests {
  private static let kills = ProcessInfo.processInfo.environment["VIGIL_SHIP_KILLS"].flatMap { Int($0) } ?? 6

  @Test func theCopyEqualsTheLogAfterKillsOfEitherSide() throws {
    let (server, log) = (try PostgresServer(), try LocalLog())
    let writer = try Program("vigil-lab", ["log", "append", log.path, "2000"])
    // A writer that ends without a log must fail the test, not stop it for ever.
    try eventually("the writer makes a log") {
      FileManager.default.fileExists(atPath: log.path) || !writer.process.isRunning
    }
    try #require(FileManager.default.fileExists(atPath: log.path), "the writer made no log")
    var counts = ["shipper": 0, "server": 0, "backend": 0]
    var last = 0
    let arguments = [
      "--follow", "--interval", "0.1", "--batch", "200", "--log", log.path, "--to", server.target,
    ]
    var shipper = try Program("vigil-ship", arguments)
    for _ in 0..<Self.kills {
      // Something is shipped between two kills; the kill then comes at any moment.
      var count = 0
      try eventually("the copy grows") {
        count = try Self.shipped(server)
        return count > last || !shipper.process.isRunning
      }
      #expect(count >= last, "what was shipped is gone")
      last = count
      usleep(.random(in: 0...1_000_000))
      let side = ["shipper", "server", "backend"].randomElement() ?? "shipper"
      counts[side, default: 0] += 1
      switch side {
      case "shipper":
        let words = try shipper.kill()
        #expect(
          !words.contains("not the one that was shipped") && !words.contains("server refused:"), "\(words)")
        shipper = try Program("vigil-ship", arguments)
      case "server":
        server.kill()
        try server.start()
      default:
        if !server.killOneBackend() { usleep(1000) }
        try server.start()
      }
      #expect(shipper.process.isRunning, "the shipper gave up")
    }
    _ = try writer.kill()
    _ = try shipper.kill()
    // The last kill may still be mended: it answers when it has recovered.
    #expect(try Self.shipped(server) >= last, "what was shipped is gone")
    let once = try Program("vigil-ship", ["--log", log.path, "--to", server.target]).finish()
    #expect(once.status == 0, "\(once.words)")
    try Self.compare(server, log)
    let verified = try Program("vigil-ship", ["--verify", "--log", log.path, "--to", server.target]).finish()
    #expect(verified.status == 0 && verified.words.contains("the copy is equal"), "\(verified.words)")
    let total = try log.reader().count()
    print(
      "ship: \(Self.kills) kills \(counts.sorted { $0.key < $1.key }), \(total) records, equal"
    )
  }

  private static func shipped(_ server: PostgresServer) throws -> Int {
    var count = 0
    // A backend that was killed takes the others with it; the server answers again when it has recovered.
    try eventually("the server counts its records") {
      guard let connection = try? PostgresConnection(server.target),
        let table = try? connection.run("SELECT to_regclass('vigil.record') IS NOT NULL")
      else { return false }
      // Not there until the shipper has made it.
      guard table[0][0] == "t" else { return true }
      guard let rows = try? connection.run("SELECT count(*), count(DISTINCT number) FROM vigil.record")
      else { return false }
      #expect(rows[0][0] == rows[0][1])
      count = Int(rows[0][0] ?? "") ?? 0
      return true
    }
    return count
  }

  /// Compares without the code under test: both sides' digest over everything, made by each side's own means.
  private static func compare(_ server: PostgresServer, _ log: LocalLog) throws {
    var digest = Insecure.MD5()
    var count = 0
    try log.reader().forEach { number, body in
      digest.update(data: Data("\(number) \(TreeHash.leaf(Array(body.utf8)).hex) \(body)\n".utf8))
      count += 1
    }
    let here = Hexadecimal.text(digest.finalize())
    let row = try PostgresConnection(server.target).run(
      """
      SELECT md5(string_agg(number || ' ' || encode(leaf, 'hex') || ' ' || body || chr(10), '' ORDER BY number)),
        count(*) FROM vigil.record
      """)[0]
    #expect(row == [here, "\(count)"])
    #expect(count > 0)
  }
}
