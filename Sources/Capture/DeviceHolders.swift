import Foundation

/// Who has a device open: what to tell a person whose camera is busy.
package enum DeviceHolders {
  /// The other programs, as `name (process number)`; empty when they belong to other users, who hide them.
  ///
  /// Cost: a look at every open file of this user's processes, some milliseconds.
  package static func of(_ path: String) -> [String] {
    let device = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return processes.compactMap { Int32($0) }.filter { $0 != getpid() }.sorted().filter { holds($0, device) }
      .map { process in
        let name = FileManager.default.contents(atPath: "/proc/\(process)/comm").map {
          String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        }
        return "\(name ?? "?") (process \(process))"
      }
  }

  private static func holds(_ process: Int32, _ device: String) -> Bool {
    let folder = "/proc/\(process)/fd"
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return files.contains { name in
      var target = [UInt8](repeating: 0, count: 256)
      let count = target.withUnsafeMutableBufferPointer { buffer in
        buffer.withMemoryRebound(to: CChar.self) { text in
          text.baseAddress.map { readlink("\(folder)/\(name)", $0, text.count) } ?? 0
        }
      }
      return count > 0 && String(decoding: target[0..<count], as: UTF8.self) == device
    }
  }
}
