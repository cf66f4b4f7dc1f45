import ArgumentParser
import Crypto
import Foundation
import JSON
import Launching
import LogFiles
import LogProofs
import Surroundings

/// `vigil-verify`: checks a session log with nothing but the file and a public key.
@main
struct VigilVerify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vigil-verify",
    abstract: "Checks that a Vigil session log is what was recorded: nothing changed, left out or added.",
    discussion: """
      Example: vigil-verify sessions.sqlite --key sessions.sqlite.pub --checkpoint kept-elsewhere.txt

      A log that goes on in several files is checked as one: give the newest, and the ended ones beside it
      (sessions.sqlite.000001 and so on) are read too.

      Exit codes: 0 verified, 1 does not verify, 3 the file is not a readable log, 64 wrong usage.
      """, version: "0.1.0")

  @Argument(help: "The log's file.") var log: String
  @Option(name: .long, help: "The log's public key: a file, or name+hash+base64.") var key: String
  @Option(name: .long, help: "A signed checkpoint kept elsewhere (a file); may be given again.")
  var checkpoint: [String] = []
  @Option(name: .long, help: "A witness's public key: a file, or its text; may be given again.")
  var witness: [String] = []
  @Option(name: .long, help: "The operator's evidence key file: also decrypts each kept picture.")
  var evidenceKey: String?
  @Option(name: .long, help: "A file of result lines of vigil check: are they signed, and in this log?")
  var result: String?

  static func main() { Launch.run(Self.self) }

  func run() throws {
    let report: VerificationReport
    let lines: [ResultLines.Said]
    do {
      let logs = try LogChain.open(log, .settled)
      report = try check(logs)
      lines = try results(logs)
    } catch {
      StandardErrors.say("\(error)", program: "vigil-verify")
      if case .tampered? = error as? StoredLogError { throw ExitCode(1) }
      throw ExitCode(3)
    }
    for line in report.lines + lines.map(\.text) { try StandardOutput.line(line) }
    if !report.isGood || !lines.allSatisfy(\.isGood) { throw ExitCode(1) }
  }

  /// What is to be said of the result lines that were given; none when none were.
  private func results(_ logs: [StoredLog]) throws -> [ResultLines.Said] {
    guard let result else { return [] }
    var records: [Int64: [JSONValue]] = [:]
    for log in logs {
      try log.forEachRecord {
        ResultLines.note(number: $0.number, body: $0.body, in: &records)
        return true
      }
    }
    let lines = ResultLines.check(try text(result), keys: [try publicKey(key)], records: records)
    guard !lines.isEmpty else { throw Refusal(description: "\(result): has no result line of vigil check") }
    return lines
  }

  private func check(_ logs: [StoredLog]) throws -> VerificationReport {
    let key = try publicKey(key)
    let outside = try checkpoint.map { path in
      do { return try SignedNote(text: try text(path)) } catch let error as NoteError {
        throw Refusal(description: "\(path): \(error)")
      }
    }
    let secret = try evidenceKey.map(EvidenceReader.init)
    var locked: Refusal?
    let report = try LogChain.verify(
      logs, key: key, outside: outside, witnesses: try witness.map(publicKey),
      picture: { file, number, sealed in
        if let secret, locked == nil {
          locked = secret.refusal(sealed, origin: file.origin, number: number, path: file.path)
        }
      })
    if let locked { throw locked }
    return report
  }

  private func text(_ path: String) throws(Refusal) -> String {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw Refusal(description: "\(path): cannot be read as text")
    }
    return text
  }

  private func publicKey(_ argument: String) throws(Refusal) -> NotePublicKey {
    let isFile = FileManager.default.fileExists(atPath: argument)
    do throws(NoteError) {
      return try NotePublicKey(
        text: isFile ? try? String(contentsOfFile: argument, encoding: .utf8) : argument)
    } catch { throw Refusal(description: "\(argument): \(error)") }
  }
}

/// Why something that was given cannot be used.
struct Refusal: Error, CustomStringConvertible {
  let description: String
}

extension NotePublicKey {
  fileprivate init(text: String?) throws(NoteError) { try self.init(text: text ?? "") }
}

/// Opens encrypted pictures (ChaCha20-Poly1305) to see that the operator's key is the right one.
struct EvidenceReader {
  private let key: SymmetricKey

  init(path: String) throws {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8),
      let data = Data(base64Encoded: text.trimmingCharacters(in: .whitespacesAndNewlines)), data.count == 32
    else { throw Refusal(description: "\(path): not an evidence key: expected the base64 of 32 bytes") }
    key = SymmetricKey(data: data)
  }

  /// Nil when the picture opens.
  func refusal(_ sealed: [UInt8], origin: String, number: Int64, path: String) -> Refusal? {
    let place = Data("vigil evidence v1\n\(origin)\n\(number)\n".utf8)
    if let box = try? ChaChaPoly.SealedBox(combined: sealed),
      (try? ChaChaPoly.open(box, using: key, authenticating: place)) != nil
    {
      return nil
    }
    return Refusal(
      description: "\(path): snapshot \(number) is encrypted with another key than the one given")
  }
}
