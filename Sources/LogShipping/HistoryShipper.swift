import AuditLog
import LogFiles

/// Sends a log with all its files, each file as a log of its own name on the server.
///
/// An ended file is sent once and then left alone; the one being written is looked at again and again. When the log goes
/// on in another file, what was left of the old one is sent as an ended file.
public final class HistoryShipper {
  private let path: String
  private let target: String
  private let batch: Int
  private var sent: [Int64: Int64] = [:]
  private var current: (origin: String, shipper: LogShipper)?

  /// A shipper of the log at `path` to `target`, a connection string or URI of libpq.
  public init(path: String, to target: String, batch: Int = 1000) {
    (self.path, self.target, self.batch) = (path, target, batch)
  }

  /// Sends everything that is on disk by now; returns how many records the copies have.
  public func ship() throws(ShipError) -> Int64 {
    for file in SegmentFiles.ended(path) {
      guard let number = file.number, sent[number] == nil else { continue }
      sent[number] = try LogShipper(reader(file.path), to: target, batch: batch).ship()
    }
    let reader = try reader(path)
    let shipper: LogShipper
    if let current, current.origin == reader.origin {
      shipper = current.shipper
    } else {
      shipper = LogShipper(reader, to: target, batch: batch)
      current = (reader.origin, shipper)
    }
    return try sent.values.reduce(0, +) + shipper.ship()
  }

  private func reader(_ path: String) throws(ShipError) -> LogReader {
    do throws(LogError) { return try LogReader(path: path) } catch { throw .log(error) }
  }
}
