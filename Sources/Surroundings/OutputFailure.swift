public import Foundation

/// Something that was to be written was not: where, and why. Nothing that is written is ever lost without one.
public struct OutputFailure: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file as the person named it, or "standard output".
  public let place: String
  /// The system's number of the reason.
  public let code: Int32
  /// Whether the place cannot be opened at all, rather than written to.
  public let isOpening: Bool

  /// The failure `code` at `place`.
  public init(_ place: String, code: Int32, isOpening: Bool = false) {
    (self.place, self.code, self.isOpening) = (place, code, isOpening)
  }

  /// One line for a person.
  public var description: String {
    let name = SafeAddress(place).description
    switch code {
    case ENOSPC, EDQUOT:
      return "\(name): the disk is full; what was written before is kept; free some space and run it again"
    case EPIPE: return "\(name): the program that reads it has ended; not everything was written"
    case EBADF where place == StandardOutput.name: return "\(name): closed; the results have nowhere to go"
    case EISDIR: return "\(name): a folder; give the name of a file"
    case _ where isOpening:
      return "\(name): cannot be written (\(Self.words(code))); check the folder and its permissions"
    default: return "\(name): writing failed: \(Self.words(code))"
    }
  }

  /// The system's words for a code.
  public static func words(_ code: Int32) -> String { String(cString: strerror(code)) }
}

/// A file that a person named for output: opened, emptied and written to, never replaced by a file of another kind.
///
/// A device stays a device, a link stays a link to its target, a FIFO brings its bytes to the reader. Nothing is emptied
/// before the first byte is written, and a new file to which nothing is written goes away again.
public final class OutputFile {
  private let path: String
  private var descriptor: Int32
  private var isNew = false
  private var hasBegun = false

  /// Opens the file for writing; a FIFO waits here for its reader.
  public init(_ path: String) throws(OutputFailure) {
    self.path = path
    // The group's and others' rights are what the person's umask leaves.
    var opened = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    isNew = opened >= 0
    if opened < 0, errno == EEXIST {
      // Once more with O_CREAT for a link whose target is not there yet.
      repeat { opened = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666) } while opened < 0 && errno == EINTR
    }
    descriptor = opened
    guard opened >= 0 else { throw OutputFailure(path, code: errno, isOpening: true) }
  }

  deinit {
    guard descriptor >= 0 else { return }
    Glibc.close(descriptor)
    if isNew, !hasBegun { unlink(path) }
  }

  /// Writes text behind what is there.
  public func write(_ text: String) throws(OutputFailure) { try write(Array(text.utf8)) }

  /// Writes bytes behind what is there.
  public func write(_ bytes: some ContiguousBytes) throws(OutputFailure) {
    try begin()
    let code = Self.writeAll(bytes, to: descriptor)
    guard code == 0 else { throw OutputFailure(path, code: code) }
  }

  /// Closes the file and says whether all of it has arrived; it is there even if nothing was written.
  public func close() throws(OutputFailure) {
    guard descriptor >= 0 else { return }
    try begin()
    let closed = Glibc.close(descriptor)
    let code = errno
    descriptor = -1
    // EINTR: Linux has closed it all the same.
    guard closed == 0 || code == EINTR else { throw OutputFailure(path, code: code) }
  }

  /// Writes a whole file.
  public static func write(_ bytes: some ContiguousBytes, to path: String) throws(OutputFailure) {
    let file = try OutputFile(path)
    try file.write(bytes)
    try file.close()
  }

  private func begin() throws(OutputFailure) {
    guard !hasBegun else { return }
    hasBegun = true
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return }
    guard ftruncate(descriptor, 0) == 0 else { throw OutputFailure(path, code: errno) }
  }

  /// Writes every byte; 0, or the number of what went wrong.
  static func writeAll(_ bytes: some ContiguousBytes, to descriptor: Int32) -> Int32 {
    bytes.withUnsafeBytes { bytes in
      var done = 0
      while done < bytes.count {
        let count = Glibc.write(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
        if count > 0 {
          done += count
        } else if count == 0 {
          return EIO
        } else if errno == EAGAIN {
          var poller = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          _ = poll(&poller, 1, -1)
        } else if errno != EINTR {
          return errno
        }
      }
      return 0
    }
  }
}

/// A small file of the program's own that always holds one whole state: the new one appears in one step.
///
/// A link is followed; anything at the path that is no plain file is refused and stays.
public enum StateFile {
  /// Writes `bytes`, synced to disk, readable by the owner alone unless `mode` says otherwise.
  public static func replace(_ path: String, with bytes: some ContiguousBytes, mode: mode_t = 0o600)
    throws(OutputFailure)
  {
    var status = stat()
    var target = path
    if stat(path, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFREG else {
        throw OutputFailure(
          path, code: status.st_mode & S_IFMT == S_IFDIR ? EISDIR : ENOTSUP, isOpening: true)
      }
      if let resolved = realpath(path, nil) {
        target = String(cString: resolved)
        free(resolved)
      }
    } else {
      target = try end(of: path)
    }
    let draft = "\(target).\(getpid()).new"
    unlink(draft)
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw OutputFailure(path, code: errno, isOpening: true) }
    var code = OutputFile.writeAll(bytes, to: descriptor)
    if code == 0, fsync(descriptor) != 0 { code = errno }
    if Glibc.close(descriptor) != 0, code == 0 { code = errno }
    if code == 0, rename(draft, target) != 0 { code = errno }
    guard code == 0 else {
      unlink(draft)
      throw OutputFailure(path, code: code)
    }
  }

  /// Where links lead of which the last names a file that is not there yet; `path` itself when it is no link.
  private static func end(of path: String) throws(OutputFailure) -> String {
    var place = path
    // As many as the kernel follows (path_resolution(7)).
    for _ in 0..<40 {
      var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
      let count = readlink(place, &bytes, bytes.count)
      guard count > 0 else { return place }
      let next = String(decoding: bytes.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
      let folder = place.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(place[...$0]) } ?? ""
      place = next.hasPrefix("/") ? next : folder + next
    }
    throw OutputFailure(path, code: ELOOP, isOpening: true)
  }
}
