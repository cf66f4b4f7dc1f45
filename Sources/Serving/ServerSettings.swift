public import Foundation

/// Bounds of everything a client can make the server spend.
public struct ServiceLimits: Sendable {
  /// Bytes of one upload, at most.
  public var uploadBytes = 200 << 20
  /// Bytes of all uploads that wait or run, at most.
  public var storedBytes = 2 << 30
  /// Uploads that wait for a worker, at most; one more is refused with 429.
  public var waiting = 64
  /// Uploads of one owner that wait, at most, where tokens tell owners apart.
  public var waitingEach = 16
  /// Requests that a token may make in a minute.
  public var requestsPerMinute = 1200
  /// Files that a token may send in a minute.
  public var uploadsPerMinute = 60
  /// Analyses at the same time.
  public var workers = 2
  /// Seconds of a recording that are looked at, at most.
  public var mediaSeconds = 600
  /// Pixels of a frame, at most.
  public var pixels = 3840 * 2160
  /// Seconds of wall time for one analysis, at most.
  public var analysisSeconds = 900
  /// Bytes of address space of an analysing process, at most; no less than the decoder's own bound, which cannot be
  /// set above this one.
  public var childBytes = 6 << 30
  /// Connections at once; more wait in the system's queue.
  public var connections = 256
  /// Analyses that one owner may keep; the oldest finished ones go first.
  public var kept = 1000
  /// Hours after which pictures of an analysis are deleted.
  public var pictureHours = 24
  /// Days after which results are deleted.
  public var resultDays = 30

  /// The standard bounds.
  public init() {}
}

/// Everything the server is told at start.
public struct ServerSettings: Sendable {
  /// Address to listen on.
  public var host = "127.0.0.1"
  /// Port to listen on; 0 takes a free one.
  public var port = 8080
  /// Who may use the server; nil: anybody on this machine.
  public var tokens: TokenBook?
  /// Names by which clients may call this server (`Host`), beside loopback's.
  public var names: [String] = []
  /// PEM files of the certificate chain and its key.
  public var tls: (chain: String, key: String)?
  /// Folder for the database, uploads and pictures.
  public var folder: URL
  /// Folder of the page.
  public var page: URL
  /// The `vigil` program.
  public var program: URL
  /// Folder of pictures and clips to try the server with.
  public var samples: URL?
  /// Folder in which running monitors leave their sockets.
  public var sessions: URL
  /// Whether uploads are kept after the analysis.
  public var keepsUploads = false
  /// Bounds.
  public var limits = ServiceLimits()

  /// Settings with the standard values.
  public init(folder: URL, page: URL, program: URL, sessions: URL) {
    (self.folder, self.page, self.program, self.sessions) = (folder, page, program, sessions)
  }

  /// Whether the address is one that only this machine reaches.
  public var isLoopback: Bool {
    ["127.0.0.1", "::1", "localhost"].contains(host) || host.hasPrefix("127.")
  }

  /// Why these settings would be unsafe or cannot work; nil when they are fine.
  public var complaint: String? {
    if !(0...65535).contains(port) { return "--port \(port): give a number from 0 to 65535" }
    if !isLoopback && tokens == nil {
      return "--host \(host): another machine can reach this address; give --tokens FILE "
        + "(vigil-server token NAME makes one)"
    }
    if !isLoopback && tls == nil {
      return "--host \(host): tokens would cross the network in clear; give --certificate and --key"
    }
    if let tokens, tokens.isEmpty { return "--tokens: the file names nobody" }
    return nil
  }
}
