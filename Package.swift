// swift-tools-version: 6.2
import PackageDescription

// Every Swift target is built with the same strict settings; see docs/overview.md for the layers.
let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

/// A Swift module of ours with the strict settings.
func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// A program with the strict settings.
func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// Tests of one module.
func tests(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: [.init(stringLiteral: name)] + dependencies, exclude: exclude,
    swiftSettings: strict)
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
  name: "vigil",
  products: [
    .executable(name: "vigil", targets: ["vigil"]),
    .executable(name: "vigil-verify", targets: ["vigil-verify"]),
    .executable(name: "vigil-ship", targets: ["vigil-ship"]),
    .library(name: "VigilInference", targets: ["Inference"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    // Layer 0: C. Module maps of system libraries, and the hot loops.
    .systemLibrary(name: "CV4L2"),
    .systemLibrary(name: "CV4LConvert", pkgConfig: "libv4lconvert"),
    .systemLibrary(name: "CPipeWire", pkgConfig: "libpipewire-0.3"),
    .systemLibrary(name: "CDBus", pkgConfig: "dbus-1"),
    .systemLibrary(name: "CSeccomp", pkgConfig: "libseccomp"),
    .systemLibrary(name: "CX11", pkgConfig: "xcb-shm"),
    .systemLibrary(name: "CSDL2", pkgConfig: "SDL2_ttf"),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng"),
    .systemLibrary(name: "CTurboJPEG", pkgConfig: "libturbojpeg"),
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3"),
    .systemLibrary(name: "CPostgres", pkgConfig: "libpq"),
    .systemLibrary(name: "CFFmpeg", pkgConfig: "libavformat"),
    .systemLibrary(name: "COpenBLAS"),
    .target(name: "CKernels", cSettings: [.unsafeFlags(["-O3"])]),
    .target(name: "CFence", dependencies: ["CSeccomp"]),

    // Layer 1: numbers that cannot be mixed up.
    module("Quantities"),
    module("Surroundings"),
    module("JSON"),

    // Layer 2: pixels, values, bytes.
    module("Imaging", ["Quantities", "Surroundings", "CKernels", "CPNG"]),
    module("Observations", ["Quantities"]),
    module("ModelFormats", [protobuf]),
    module("Calibration", ["Quantities"]),
    module("LogProofs", ["JSON", crypto]),
    module("Launching", ["Surroundings", argumentParser]),

    // Layer 3: sources of frames; the inference engine; logs as their reader finds them.
    module(
      "Capture",
      [
        "Quantities", "Surroundings", "Imaging", "Observations", "CV4L2", "CV4LConvert", "CPipeWire",
        "CDBus",
        "CFFmpeg", "CTurboJPEG", "CFence", "CX11",
      ]),
    module("Inference", ["ModelFormats", "CKernels", "COpenBLAS"]),
    module("Wording", ["Observations"]),
    module("LogFiles", ["LogProofs", "CSQLite", crypto]),

    // Layer 4: the stages; they do not know each other.
    module("Faces", ["Quantities", "Imaging", "Observations", "Inference"]),
    module("Liveness", ["Quantities", "Imaging", "Observations", "Calibration"]),
    module(
      "FaceScoring",
      ["Quantities", "Imaging", "Observations", "Calibration", "Inference", crypto]),
    module("Hearing", ["Quantities", "Observations", "Calibration", "ModelFormats", "Inference"]),
    module("Decision", ["Quantities", "Observations", "Calibration"]),
    module("Overlay", ["Quantities", "Observations", "Wording"]),
    module(
      "AuditLog",
      [
        "JSON", "Quantities", "Surroundings", "Observations", "LogProofs", "LogFiles", "CSQLite", grdb,
        crypto,
      ]),

    // Layer 5: the assembly line, the window.
    module(
      "Pipeline",
      [
        "Quantities", "Imaging", "Observations", "Calibration", "Capture", "Inference",
        "Faces", "Liveness", "Hearing", "FaceScoring", "Decision",
      ]),
    module("Monitoring", ["Quantities", "Surroundings", "Observations"]),
    module(
      "Reports",
      [
        "JSON", "Quantities", "Observations", "Calibration", "LogProofs", "AuditLog", "Evaluation", "Wording",
      ]),
    module("Evaluation", ["Quantities", "Imaging", "CTurboJPEG"]),
    module(
      "IdentityCheck",
      ["Quantities", "Surroundings", "Imaging", "Observations", "Calibration", "Wording", "Overlay"]),
    module("Display", ["Quantities", "Surroundings", "Imaging", "Overlay", "CSDL2"]),

    // Used by vigil-ship alone, so that no other program needs PostgreSQL's library.
    module("LogShipping", ["JSON", "Surroundings", "LogProofs", "LogFiles", "AuditLog", "CPostgres"]),

    // Layer 6: people and attacks that are made, for the demo, long measurements and tests; help for tests alone.
    module(
      "Simulation",
      [
        "Quantities", "Imaging", "Observations", "Calibration", "Faces", "Liveness", "IdentityCheck",
        "CFFmpeg",
      ]),
    module(
      "VigilTesting",
      [
        "Quantities", "Imaging", "Observations", "Capture", "Faces", "Pipeline", "JSON", "LogProofs",
        "LogFiles",
        "CSQLite", crypto,
      ]),

    // Layer 7: the programs.
    program(
      "vigil",
      [
        "JSON", "Wording", "Quantities", "Surroundings", "Launching", "Imaging", "Observations",
        "Calibration",
        "Capture",
        "Inference", "Faces", "Liveness", "Hearing", "FaceScoring", "Decision",
        "Overlay", "AuditLog", "LogProofs", "Pipeline", "Monitoring", "Reports", "Evaluation", "Display",
        "Simulation",
        "IdentityCheck", argumentParser,
        crypto, yams,
      ]),
    program(
      "vigil-lab",
      [
        "Quantities", "Imaging", "Observations", "Calibration", "Capture", "ModelFormats", "Inference",
        "Faces",
        "Liveness", "Hearing", "IdentityCheck", "Simulation", "AuditLog", "LogProofs", "LogFiles", "CSQLite",
        grdb,
        crypto, argumentParser,
      ]),
    program(
      "vigil-ship", ["Surroundings", "Launching", "AuditLog", "LogProofs", "LogShipping", argumentParser]),
    program(
      "vigil-verify", ["JSON", "Surroundings", "Launching", "LogProofs", "LogFiles", crypto, argumentParser]),

    // Tests.
    tests("Quantities"),
    tests("Surroundings", ["VigilTesting"]),
    tests("Imaging", ["Quantities", "CKernels", "CPNG", "VigilTesting"]),
    tests("Observations", ["Quantities"]),
    tests("ModelFormats", ["VigilTesting", protobuf]),
    tests("Calibration", ["Quantities"]),
    tests("Capture", ["Quantities", "Imaging", "Observations", "VigilTesting"]),
    tests("Inference", ["ModelFormats", "CKernels", protobuf], exclude: ["Goldens"]),
    tests("Faces", ["Quantities", "Imaging", "Observations", "Capture", "Inference"]),
    tests("Liveness", ["Quantities", "Imaging", "Observations", "Calibration", "Simulation"]),
    tests("Hearing", ["Quantities", "Observations", "Calibration", "Inference", "Capture"]),
    tests(
      "IdentityCheck",
      [
        "Wording",
        "Quantities", "Imaging", "Observations", "Calibration", "Liveness", "Overlay", "Display",
        "Simulation",
        "VigilTesting",
      ]),
    tests(
      "FaceScoring",
      ["Quantities", "Imaging", "Observations", "Inference", "Calibration", "VigilTesting", crypto]),
    tests("Decision", ["Quantities", "Observations", "Calibration"]),
    tests("Overlay", ["Quantities", "Observations", "Wording", "VigilTesting"]),
    tests("JSON", ["VigilTesting"]),
    tests("LogProofs", ["JSON", "VigilTesting"]),
    tests("LogFiles", ["JSON", "LogProofs", "VigilTesting"]),
    tests(
      "AuditLog",
      [
        "Reports", "Wording",
        "JSON", "Quantities", "Surroundings", "Observations", "VigilTesting", "LogProofs", "LogFiles",
        "CSQLite",
        "vigil-verify",
        "vigil-lab", grdb,
      ]),
    tests(
      "LogShipping", ["LogProofs", "AuditLog", "vigil-ship", "vigil-lab", "VigilTesting", grdb, crypto]),
    tests(
      "Pipeline",
      [
        "Quantities", "Imaging", "Observations", "Capture", "Calibration", "FaceScoring", "Simulation",
        "VigilTesting",
      ]),
    tests("Monitoring", ["Quantities", "Observations", "VigilTesting"]),
    tests("Reports", ["JSON", "Quantities", "Observations", "Calibration", "Wording"]),
    tests("Evaluation", ["Quantities", "Imaging", "Reports"]),
    tests("Simulation", ["Quantities", "Imaging", "Observations", "Capture", "Faces", "VigilTesting"]),
    tests("Display", ["Wording", "Quantities", "Imaging", "Observations", "Overlay", "VigilTesting"]),
    .testTarget(
      name: "ProgramTests",
      dependencies: [
        "Wording",
        "vigil", "Surroundings", "Quantities", "Imaging", "Observations", "Capture", "Overlay", "Display",
        "Pipeline",
        "VigilTesting",
      ], swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .gnu11
)

// The HTTP server needs packages that the monitor does not: they are fetched and built only when it is asked for
// (make server, make test), so that `vigil` builds without them.
if Context.environment["VIGIL_SERVER"] == "1" {
  func product(_ name: String, _ package: String) -> Target.Dependency {
    .product(name: name, package: package)
  }
  package.dependencies += [
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
  ]
  package.products += [.executable(name: "vigil-server", targets: ["vigil-server"])]
  let web = [
    product("Hummingbird", "hummingbird"), product("HummingbirdCore", "hummingbird"),
    product("HummingbirdTLS", "hummingbird"),
    product("NIOCore", "swift-nio"), product("NIOConcurrencyHelpers", "swift-nio"),
    product("NIOHTTP1", "swift-nio"), product("NIOHTTPTypes", "swift-nio-extras"),
    product("NIOSSL", "swift-nio-ssl"), product("HTTPTypes", "swift-http-types"),
    product("Logging", "swift-log"),
  ]
  package.targets += [
    module("Serving", ["JSON", "Surroundings", grdb, crypto] + web),
    program("vigil-server", ["Surroundings", "Launching", "Serving", argumentParser]),
    .testTarget(
      name: "ServingTests", dependencies: ["JSON", "Serving", "VigilTesting", grdb] + web,
      swiftSettings: strict),
  ]
}
