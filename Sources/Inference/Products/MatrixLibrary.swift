internal import COpenBLAS
import Foundation

/// OpenBLAS, loaded when a network first multiplies two matrices that are both computed at run time, in a way that the
/// table gives to it. Costs some 3 ms and 3 to 4 MB, of which 0.7 MB are not shared; programs without such a network never load it.
///
/// Each product runs on the thread that asks for it: OpenBLAS's own threads would make bits depend on who was free.
public enum MatrixLibrary {
  /// What is used of it. `@unchecked Sendable` because C functions are constants, and OpenBLAS may be called on several
  /// threads at once.
  struct Functions: @unchecked Sendable {
    let multiply: vigil_sgemm
    /// The processor that its kernels are for.
    let core: String
  }

  /// Nil when the library is not installed; products then take our own kernels.
  static let functions: Functions? = load()

  /// What OpenBLAS's kernels are for, for reports; nil when it is not installed. Loads it.
  package static var core: String? { functions?.core }

  private static let file = "libopenblas.so.0"

  /// Chooses OpenBLAS's kernels for our own instruction set; to be called before other threads run, because it writes to
  /// the environment, which OpenBLAS reads when it is loaded.
  ///
  /// Version 0.3.21 does not know recent processors of AMD and would take kernels of half the width there. What the user
  /// has set stays.
  public static func chooseCore() {
    if let core = core(for: InstructionSet.name) { setenv("OPENBLAS_CORETYPE", core, 0) }
    setenv("OPENBLAS_NUM_THREADS", "1", 1)
  }

  /// Where a processor has more than we use, it is kept from more; a processor without AVX2 is known well enough.
  private static func core(for set: String) -> String? {
    switch set {
    case "avx512": "SkylakeX"
    case "avx2": "Haswell"
    default: nil
    }
  }

  private static func load() -> Functions? {
    chooseCore()
    guard let handle = dlopen(file, RTLD_NOW | RTLD_LOCAL),
      let multiply = dlsym(handle, "cblas_sgemm"),
      let threads = dlsym(handle, "openblas_set_num_threads"),
      let name = dlsym(handle, "openblas_get_corename")
    else { return nil }
    unsafeBitCast(threads, to: vigil_set_threads.self)(1)
    let core = unsafeBitCast(name, to: vigil_core_name.self)().map { String(cString: $0) }
    let functions = Functions(
      multiply: unsafeBitCast(multiply, to: vigil_sgemm.self), core: core ?? "unknown")
    // It takes its working memory at the first product: now rather than in a network's first run.
    let numbers = [Float](repeating: 1, count: 64 * 64)
    var result = numbers
    functions.product(rows: 64, inner: 64, columns: 64, numbers, numbers, &result)
    return functions
  }
}

extension MatrixLibrary.Functions {
  /// result [rows, columns] = left [rows, inner] x right [inner, columns], all rows one after the other.
  func product(
    rows: Int, inner: Int, columns: Int, _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>,
    _ result: UnsafeMutablePointer<Float>
  ) {
    multiply(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(rows), Int32(columns), Int32(inner), 1, left,
      Int32(inner),
      right, Int32(columns), 0, result, Int32(columns))
  }
}
