import ArgumentParser
import AuditLog
import Foundation
import Surroundings

/// `vigil log picture`
struct LogPictureCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "picture",
    abstract: "Decrypts a picture that was kept as evidence (see vigil log show --kind snapshot).",
    discussion: "Example: vigil log picture 3 --evidence-key evidence.key --output 3.jpg")
  @OptionGroup var options: LogOptions
  @Argument(help: "The snapshot's number.") var number: Int64
  @Option(name: .long, help: "The operator's evidence key file.") var evidenceKey: String
  @Option(name: .shortAndLong, help: "The picture's file.") var output: String

  func run() throws {
    try LogOptions.reported {
      let picture = try options.reader().picture(number, key: SnapshotKey(path: evidenceKey))
      try OutputFile.write(picture, to: output)
    }
  }
}
