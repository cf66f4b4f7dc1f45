import Foundation
public import LogProofs

/// The log's signing key in a file that only its owner can read.
public enum SigningKeyFile {
  /// Reads the key; refuses one that others can read.
  public static func load(_ path: String) throws(LogError) -> NotePrivateKey {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw .key(path: path, reason: "there is no such file; restore it, or give the path by --key")
    }
    guard status.st_mode & 0o077 == 0 else {
      throw .key(path: path, reason: "others can read it; run chmod 600 on it and rotate the key")
    }
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw .key(path: path, reason: "it cannot be read")
    }
    do { return try NotePrivateKey(text: text) } catch { throw .key(path: path, reason: "\(error)") }
  }

  /// Writes a new key with mode 0600, synced to disk; refuses to replace a file unless told to.
  public static func store(
    _ key: NotePrivateKey, at path: String, replacing: Bool = false
  ) throws(LogError) {
    try writeFile(key.secretText + "\n", to: path, mode: 0o600, replacing: replacing)
  }

  /// Writes the public key, readable by all.
  public static func storePublic(_ key: NotePublicKey, at path: String) throws(LogError) {
    try writeFile(key.description + "\n", to: path, mode: 0o644, replacing: true)
  }

  /// Makes a file's new name survive a power cut; where that cannot be done the file is there all the same.
  static func syncFolder(of path: String) {
    let folder = open(URL(fileURLWithPath: path).deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
    guard folder >= 0 else { return }
    fsync(folder)
    close(folder)
  }

  /// Writes the whole file or nothing: a process killed on the way leaves no half key.
  static func writeFile(_ text: String, to path: String, mode: mode_t, replacing: Bool) throws(LogError) {
    guard replacing || access(path, F_OK) != 0 else {
      throw .key(path: path, reason: "there is a file already")
    }
    let temporary = "\(path).\(getpid()).new"
    // Never into a file that is there: what a killed process left, or a stranger laid there, has rights of its own.
    unlink(temporary)
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw .key(path: path, reason: String(cString: strerror(errno))) }
    let bytes = Array(text.utf8)
    let isWritten = write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
    var code = errno
    close(descriptor)
    if isWritten { code = rename(temporary, path) == 0 ? 0 : errno }
    guard code == 0 else {
      let reason = String(cString: strerror(code))
      unlink(temporary)
      if code == ENOSPC || code == EDQUOT { throw .diskFull(path: path, committed: nil) }
      throw .key(path: path, reason: "it cannot be written: \(reason)")
    }
    syncFolder(of: path)
  }
}
