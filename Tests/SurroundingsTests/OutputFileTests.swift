import Foundation
import Surroundings
import Testing

@Suite struct OutputFileTests {
  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "vigil-output-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private func place(_ name: String) -> String { folder.appendingPathComponent(name).path }

  private func kind(_ path: String) -> mode_t {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode & S_IFMT : 0
  }

  @Test func aPlainFileIsEmptiedAtTheFirstByteOnly() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = place("report")
    try Data("old and long".utf8).write(to: URL(fileURLWithPath: path))
    do { _ = try OutputFile(path) }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "old and long")
    let file = try OutputFile(path)
    try file.write("new")
    try file.close()
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "new")
  }

  @Test func aFileToWhichNothingIsWrittenGoesAway() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    do { _ = try OutputFile(place("made")) }
    #expect(kind(place("made")) == 0)
    let closed = try OutputFile(place("empty"))
    try closed.close()
    #expect(kind(place("empty")) == S_IFREG)
  }

  @Test func linksStayLinks() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data("old".utf8).write(to: URL(fileURLWithPath: place("target")))
    symlink("target", place("link"))
    symlink("later", place("dangling"))
    for name in ["link", "dangling"] {
      try OutputFile.write(Array("new".utf8), to: place(name))
      #expect(kind(place(name)) == S_IFLNK)
    }
    #expect(try String(contentsOfFile: place("target"), encoding: .utf8) == "new")
    #expect(try String(contentsOfFile: place("later"), encoding: .utf8) == "new")
    try StateFile.replace(place("link"), with: Array("state".utf8))
    #expect(kind(place("link")) == S_IFLNK)
    #expect(try String(contentsOfFile: place("target"), encoding: .utf8) == "state")
  }

  @Test func aFIFOBringsTheBytesToItsReader() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = place("fifo")
    try #require(mkfifo(path, 0o600) == 0)
    let reader = open(path, O_RDONLY | O_NONBLOCK)
    defer { close(reader) }
    try OutputFile.write(Array("through".utf8), to: path)
    var bytes = [UInt8](repeating: 0, count: 16)
    #expect(read(reader, &bytes, 16) == 7 && kind(path) == S_IFIFO)
    #expect(throws: OutputFailure.self) { try StateFile.replace(path, with: [1] as [UInt8]) }
    #expect(kind(path) == S_IFIFO)
  }

  @Test func aFullDiskAndAFolderAreNamed() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let full = #expect(throws: OutputFailure.self) { try OutputFile.write([1] as [UInt8], to: "/dev/full") }
    #expect(full?.description.contains("disk is full") == true)
    let isFolder = #expect(throws: OutputFailure.self) { _ = try OutputFile(folder.path) }
    #expect(isFolder?.description.contains("a folder") == true)
  }
}
