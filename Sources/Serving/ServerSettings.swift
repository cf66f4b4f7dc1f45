public import Foundation

/// Bounds of everything a client can make the server spend.
public struct ServiceLimits: Sendable {
  /// Bytes of one upload, at most.
  public var uploadBytes = 200 << 20
  /// Bytes of all uploads that wait or run, at most.
  public var storedBytes = 2 << 30
  /// Bytes of one owner's uploads that wait or run, at most, where tokens tell owners apart.
  public var storedBytesEach = 512 << 20
  /// Uploads that wait for a worker, at most; one more is refused with 429.
  public var waiting = 64
  /// Uploads of one owner that wait, at most, where tokens tell owners apart.
  public var waitingEach = 16
  /// Requests that a token may make in a minute.
  public var requestsPerMinute = 1200
  /// Files that a token may send in a minute.
  public var uploadsPerMinute = 60
  /// Bytes of files that a token may send in a minute.
  public var bytesPerMinute = 2 << 30
  /// Analyses at the same time. One more may run for an owner who has none running.
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
  /// Connections at once. One more takes the place of the one that has been idle longest.
  public var connections = 256
  /// Requests at once that are no short ones (``RequestGate``); the rest of ``connections`` is kept for short ones.
  public var requestsAtOnce = 192
  /// Of these, requests of one owner, where tokens tell owners apart.
  public var requestsAtOnceEach = 64
  /// Answers without a foreseeable end at once: event streams and live pictures.
  public var streams = 96
  /// Of these, one owner's, where tokens tell owners apart.
  public var streamsEach = 16
  /// Bytes on the disk of all results: pictures, timelines, kept uploads. The oldest go first.
  public var resultBytes = 8 << 30
  /// Of these, one owner's, where tokens tell owners apart.
  public var resultBytesEach = 2 << 30
  /// Bytes of one timeline.
  public var timelineBytes = 32 << 20
  /// Pixels of the longer side of a picture that is kept, at most.
  public var pictureSide = 1280
  /// Analyses that one owner may keep; the oldest finished ones go first.
  public var kept = 1000
  /// Hours after which pictures of an analysis are deleted.
  public var pictureHours = 24
  /// Days after which results are deleted.
  public var resultDays = 30

  /// The standard bounds.
  public init() {}

  /// Sets ``connections`` and what depends on it: three quarters may be taken by requests that are no short ones, half of
  /// these by streams; one owner may have a third of the requests and a sixth of the streams.
  public mutating func setConnections(_ number: Int) {
    connections = number
    requestsAtOnce = number * 3 / 4
    (requestsAtOnceEach, streams) = (requestsAtOnce / 3, requestsAtOnce / 2)
    streamsEach = max(1, streams / 6)
  }
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
  /// The address under which a reverse proxy offers this server; nil when there is none.
  public var publicAddress: PublicAddress?
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

  /// Whether clients come over TLS: to this server itself, or to the proxy before it.
  public var isEncrypted: Bool { tls != nil || publicAddress?.scheme == "https" }

  /// Whether the address is one that only this machine reaches.
  public var isLoopback: Bool {
    PublicAddress.isLoopback(host)
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
    if let publicAddress, !publicAddress.isLoopback {
      if tokens == nil {
        return "--public \(publicAddress): other machines reach the server through it; give --tokens FILE "
          + "(vigil-server token NAME makes one)"
      }
      if publicAddress.scheme != "https" {
        return "--public \(publicAddress): tokens would cross the network in clear; give an https address"
      }
    }
    if let tokens, tokens.isEmpty { return "--tokens: the file names nobody" }
    return nil
  }
}
