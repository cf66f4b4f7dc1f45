import Foundation
import Glibc
import LogShipping
import Testing

/// Shipping over the network: TCP with TLS to a server whose certificate an authority of the test signed.
@Suite(.serialized, .needsServer, .enabled(if: Certificates.isPossible, "openssl is not installed"))
struct TLSTests {
  let certificates: Certificates
  let server: PostgresServer
  let log: LocalLog
  private let port: Int

  init() throws {
    let port = try Certificates.freePort()
    let certificates = try Certificates()
    (self.port, self.certificates) = (port, certificates)
    log = try LocalLog()
    server = try PostgresServer { folder in
      for name in ["server.pem", "server.key"] {
        try FileManager.default.copyItem(
          atPath: certificates.folder + "/" + name, toPath: folder + "/" + name)
        PostgresServer.giveToServer(folder + "/" + name)
      }
      // The network only with TLS; the socket for the test itself.
      let rules = """
        local all all trust
        hostssl all all 127.0.0.1/32 trust
        hostnossl all all all reject

        """
      try Data(rules.utf8).write(to: URL(fileURLWithPath: folder + "/hba.conf"))
      PostgresServer.giveToServer(folder + "/hba.conf")
      return [
        "listen_addresses=127.0.0.1", "port=\(port)", "ssl=on", "ssl_cert_file=\(folder)/server.pem",
        "ssl_key_file=\(folder)/server.key", "hba_file=\(folder)/hba.conf",
        "unix_socket_directories=\(folder)",
      ]
    }
    try log.addSession(30)
  }

  private func target(_ rest: String, host: String = "localhost") -> String {
    "host=\(host) hostaddr=127.0.0.1 port=\(port) dbname=postgres user=vigil \(rest)"
  }

  @Test func aVerifiedServerGetsTheLogOverTLS() throws {
    let safe = target("sslmode=verify-full sslrootcert=\(certificates.folder)/ca.pem")
    let connection = try PostgresConnection(safe)
    let row = try connection.run(
      "SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
    )[0]
    #expect(row[0] == "t" && row[1]?.hasPrefix("TLSv1.") == true, "\(row)")
    let sent = try Program("vigil-ship", ["--log", log.path, "--to", safe]).finish()
    #expect(sent.status == 0 && sent.words.contains("the copy has"), "\(sent)")
    let verified = try Program("vigil-ship", ["--verify", "--log", log.path, "--to", safe]).finish()
    #expect(verified.status == 0 && verified.words.contains("the copy is equal"), "\(verified)")
  }

  @Test func aServerThatCannotBeTrustedGetsNothing() throws {
    let folder = certificates.folder
    let cases = [
      // Signed by another authority.
      (target("sslmode=verify-full sslrootcert=\(folder)/other-ca.pem"), "certificate verify failed"),
      // The right authority, and a name that is not in the certificate.
      (
        target("sslmode=verify-full sslrootcert=\(folder)/ca.pem", host: "records.example"),
        "does not match host name"
      ),
      // No authority at all.
      (target("sslmode=verify-full sslrootcert=\(folder)/none.pem"), "none.pem"),
      // In clear: the server itself refuses.
      (target("sslmode=disable"), "no encryption"),
    ]
    for (unsafe, words) in cases {
      let refused = try Program("vigil-ship", ["--log", log.path, "--to", unsafe]).finish()
      #expect(refused.status == 3 && refused.words.contains(words), "\(unsafe): \(refused)")
      #expect(refused.words.split(separator: "\n").count == 1, "\(refused)")
    }
    let tables = try PostgresConnection(server.target).run(
      "SELECT count(*) FROM pg_tables WHERE schemaname = 'vigil'")
    #expect(tables[0][0] == "0")
  }
}

/// An authority, a server's certificate signed by it for `localhost`, and another authority; made by openssl.
final class Certificates {
  static let isPossible = FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl")
  let folder = NSTemporaryDirectory() + "/vigil-tls-" + UUID().uuidString

  init() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    for name in ["ca", "other-ca"] {
      try openssl(
        ["req", "-x509"] + curve
          + ["-subj", "/CN=\(name) of a test", "-keyout", "\(name).key", "-out", "\(name).pem"])
    }
    try openssl(
      ["req"] + curve.dropLast(2) + ["-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr"])
    try Data("subjectAltName=DNS:localhost\n".utf8).write(to: URL(fileURLWithPath: folder + "/names"))
    try openssl([
      "x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days",
      "2",
      "-extfile", "names", "-out", "server.pem",
    ])
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  private func openssl(_ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw ServerFailure(description: "openssl \(arguments.joined(separator: " ")) failed")
    }
  }

  /// A TCP port of loopback that was free a moment ago.
  static func freePort() throws -> Int {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(socket) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0
      }
    }
    guard isBound else { throw ServerFailure(description: "no free port") }
    return Int(UInt16(bigEndian: address.sin_port))
  }
}
