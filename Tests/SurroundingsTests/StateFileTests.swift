import Foundation
import Surroundings
import Testing
import VigilTesting

/// A state is whole or not there at all, and stands where the person's link points.
@Suite struct StateFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func text(_ name: String) -> String? {
    try? String(contentsOfFile: folder.file(name), encoding: .utf8)
  }

  private func mode(_ name: String) -> mode_t {
    var status = stat()
    return lstat(folder.file(name), &status) == 0 ? status.st_mode & 0o777 : 0
  }

  private func failure(_ path: String) -> OutputFailure? {
    do throws(OutputFailure) {
      try StateFile.replace(path, with: Array("new".utf8))
      return nil
    } catch { return error }
  }

  @Test func theOwnerAloneReadsItUnlessSaid() throws {
    try StateFile.replace(folder.file("a"), with: Array("one".utf8))
    #expect(text("a") == "one" && mode("a") == 0o600)
    try StateFile.replace(folder.file("b"), with: Array("two".utf8), mode: 0o640)
    #expect(mode("b") & 0o600 == 0o600)
    // An old file's wider rights are not kept.
    chmod(folder.file("a"), 0o666)
    try StateFile.replace(folder.file("a"), with: Array("three".utf8))
    #expect(text("a") == "three" && mode("a") == 0o600)
    #expect(folder.names == ["a", "b"])
  }

  @Test func aLinkToAFileThatIsNotThereYetStaysALink() throws {
    try FileManager.default.createDirectory(atPath: folder.file("sub"), withIntermediateDirectories: false)
    symlink("sub/later", folder.file("one"))
    symlink("one", folder.file("two"))
    symlink(folder.file("sub/absolute"), folder.file("three"))
    for (link, target) in [("two", "sub/later"), ("three", "sub/absolute")] {
      #expect(failure(folder.file(link)) == nil)
      #expect(text(target) == "new")
      var status = stat()
      #expect(lstat(folder.file(link), &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
    }
    symlink("round", folder.file("round"))
    #expect(
      failure(folder.file("round")) == OutputFailure(folder.file("round"), code: ELOOP, isOpening: true))
    symlink("nowhere/later", folder.file("lost"))
    #expect(failure(folder.file("lost"))?.code == ENOENT)
  }

  @Test func whatIsNoPlainFileIsRefusedAndStays() throws {
    try FileManager.default.createDirectory(atPath: folder.file("sub"), withIntermediateDirectories: false)
    #expect(failure(folder.file("sub"))?.code == EISDIR)
    #expect(failure("/dev/null")?.code == ENOTSUP)
    #expect(
      failure(folder.file("absent/a"))
        == OutputFailure(folder.file("absent/a"), code: ENOENT, isOpening: true))
    #expect(folder.names == ["sub"])
  }

  /// A draft that an earlier program left, killed, is in nobody's way.
  @Test func aLeftDraftIsReplaced() throws {
    try folder.write("a.\(getpid()).new", Array("left".utf8))
    #expect(failure(folder.file("a")) == nil)
    #expect(text("a") == "new" && folder.names == ["a"])
  }
}

@Suite struct OutputFailureTests {
  @Test(
    arguments: [
      (
        ENOSPC, false,
        "p: the disk is full; what was written before is kept; free some space and run it again"
      ),
      (
        EDQUOT, false,
        "p: the disk is full; what was written before is kept; free some space and run it again"
      ),
      (EPIPE, false, "p: the program that reads it has ended; not everything was written"),
      (EISDIR, true, "p: a folder; give the name of a file"),
      (EACCES, true, "p: cannot be written (Permission denied); check the folder and its permissions"),
      (EIO, false, "p: writing failed: Input/output error"),
      (EBADF, false, "p: writing failed: Bad file descriptor"),
    ] as [(Int32, Bool, String)])
  func eachSaysWhatAndWhatToDo(code: Int32, isOpening: Bool, text: String) {
    #expect(OutputFailure("p", code: code, isOpening: isOpening).description == text)
  }

  @Test func standardOutputThatIsClosedIsNamed() {
    #expect(
      OutputFailure(StandardOutput.name, code: EBADF).description
        == "standard output: closed; the results have nowhere to go")
  }

  @Test func noAddressesSecretIsSaid() {
    #expect(!OutputFailure("rtsp://a:Secr3t@h/live", code: EIO).description.contains("Secr3t"))
  }
}
