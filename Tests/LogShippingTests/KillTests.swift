import AuditLog
import Crypto
import Foundation
import LogProofs
import LogShipping
import Testing

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
    while writer.process.isRunning, !FileManager.default.fileExists(atPath: log.path) { usleep(10_000) }
    try #require(FileManager.default.fileExists(atPath: log.path), "the writer made no log")
    var counts = ["shipper": 0, "server": 0, "backend": 0]
    var advances = 0
    var last = 0
    let arguments = [
      "--follow", "--interval", "0.1", "--batch", "200", "--log", log.path, "--to", server.target,
    ]
    var shipper = try Program("vigil-ship", arguments)
    for _ in 0..<Self.kills {
      usleep(.random(in: 50_000...1_500_000))
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
      let count = try Self.shipped(server)
      if count > last { advances += 1 }
      #expect(count >= last, "what was shipped is gone")
      last = count
    }
    _ = try writer.kill()
    _ = try shipper.kill()
    let once = try Program("vigil-ship", ["--log", log.path, "--to", server.target]).finish()
    #expect(once.status == 0, "\(once.words)")
    try Self.compare(server, log)
    let verified = try Program("vigil-ship", ["--verify", "--log", log.path, "--to", server.target]).finish()
    #expect(verified.status == 0 && verified.words.contains("the copy is equal"), "\(verified.words)")
    #expect(advances > 0, "nothing was shipped between the kills")
    let total = try log.reader().count()
    print(
      "ship: \(Self.kills) kills \(counts.sorted { $0.key < $1.key }), \(total) records, equal; the copy grew \(advances) times"
    )
  }

  private static func shipped(_ server: PostgresServer) throws -> Int {
    // The table may not be there yet, and a backend that was killed takes the others with it.
    for _ in 0..<100 {
      if let connection = try? PostgresConnection(server.target),
        let rows = try? connection.run("SELECT count(*), count(DISTINCT number) FROM vigil.record")
      {
        #expect(rows[0][0] == rows[0][1])
        return Int(rows[0][0] ?? "") ?? 0
      }
      usleep(50_000)
    }
    return 0
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
