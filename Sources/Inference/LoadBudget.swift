internal import Synchronization

/// How much loading one network may compute and keep.
///
/// A file of a few kilobytes can name constants of gigabytes and products of hours. What a load may do grows with the
/// bytes of weights that the file really holds, above a base that every network of this field stays below.
package struct LoadLimits: Sendable {
  /// Elements made and multiply-adds done by the reference operators, which fold constants and infer shapes.
  package var work: Int
  /// Floats of weights that are kept: constants as the graph holds them, and packed for the kernels.
  package var floats: Int
  /// Values that a run computes, each with one place in memory that it may share with others.
  package var values = 1 << 14

  /// For a network whose file holds so many bytes of weights.
  package init(storedBytes: Int) {
    work = (1 << 26) + 16 * storedBytes
    floats = (1 << 26) + 8 * storedBytes
  }

  /// Eight times as much: for files whose origin is known.
  package var generous: LoadLimits {
    var limits = self
    (limits.work, limits.floats) = (8 * work, 8 * floats)
    return limits
  }
}

/// What is left of the work that one load may do.
final class LoadBudget: Sendable {
  /// The budget of the load that the caller is part of; none while a network runs.
  @TaskLocal static var current: LoadBudget?

  private let rest: Atomic<Int>

  init(_ limits: LoadLimits) { rest = Atomic(limits.work) }

  /// Elements and multiply-adds that may still be spent.
  var left: Int { rest.load(ordering: .relaxed) }

  /// Takes the product of `factors` off the current budget, before the work is done.
  /// - Throws: `tooLarge` when less than that is left.
  static func spend(_ factors: Int...) throws(OperatorFault) {
    guard let current else { return }
    var amount = 1
    for factor in factors {
      let (product, overflow) = amount.multipliedReportingOverflow(by: max(factor, 1))
      guard !overflow, product <= current.left else {
        throw .tooLarge("more work at load than a network of this size may need")
      }
      amount = product
    }
    current.rest.subtract(amount, ordering: .relaxed)
  }

  /// The results of an operator, paid for by the elements that go in and come out.
  func results(of call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let outcome: Result<[Tensor], OperatorFault> = Self.$current.withValue(self) {
      do throws(OperatorFault) {
        try Self.spend(call.inputs.reduce(1) { $0 + ($1?.count ?? 0) })
        let results = try ReferenceOperators.run(call)
        try Self.spend(results.reduce(1) { $0 + $1.count })
        return .success(results)
      } catch {
        return .failure(error)
      }
    }
    return try outcome.get()
  }
}
