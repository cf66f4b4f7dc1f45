internal import Foundation
internal import ModelFormats

/// RNN, GRU and LSTM: one step after another, both directions.
extension ReferenceOperators {
  static let recurrent: [String: Implementation] = [
    "RNN": { call in try RecurrentRun(call, gates: 1).results() },
    "GRU": { call in try RecurrentRun(call, gates: 3).results() },
    "LSTM": { call in try RecurrentRun(call, gates: 4).results() },
  ]
}

/// One recurrent operator with its inputs read and checked.
///
/// x [time, batch, input]; w [directions, gates * hidden, input]; r [directions, gates * hidden, hidden];
/// bias [directions, 2 * gates * hidden]; states [directions, batch, hidden]. With `layout` 1 the batch comes first.
private struct RecurrentRun {
  private let call: OperatorCall
  private let gates: Int
  private let time: Int, batch: Int, width: Int, hidden: Int
  private let backward: [Bool]
  private let batchFirst: Bool
  private let type: TensorType
  private let x: [Double], w: [Double], r: [Double], bias: [Double]?, peephole: [Double]?
  private let lengths: [Int]
  private let startHidden: [Double], startCell: [Double]
  private let functions: [(Double) -> Double]

  init(_ call: OperatorCall, gates: Int) throws(OperatorFault) {
    self.call = call
    self.gates = gates
    let batchLeads = call.integer("layout") == 1
    func timeFirst(_ tensor: Tensor) throws(OperatorFault) -> Tensor {
      guard tensor.rank == 3 else { throw .shape("expected 3 axes, found \(tensor.shape)") }
      return batchLeads ? try tensor.transposed([1, 0, 2]) : tensor
    }
    let (data, weights, recurrence) = (try timeFirst(call.input(0)), try call.input(1), try call.input(2))
    let direction = try call.choice("direction", ["forward", "reverse", "bidirectional"])
    let count = direction == "bidirectional" ? 2 : 1
    guard recurrence.rank == 3, weights.rank == 3, data.type.isFloat else {
      throw .shape("weights \(weights.shape), recurrence \(recurrence.shape)")
    }
    let (frames, hidden) = (data.shape[0], recurrence.shape[2])
    guard weights.shape == [count, gates * hidden, data.shape[2]],
      recurrence.shape == [count, gates * hidden, hidden],
      call.integer("hidden_size").map({ $0 == recurrence.shape[2] }) ?? true
    else { throw .shape("weights \(weights.shape), recurrence \(recurrence.shape), input \(data.shape)") }
    func checked(_ index: Int, _ shape: [Int]) throws(OperatorFault) -> [Double]? {
      guard let tensor = call.optional(index) else { return nil }
      guard tensor.shape == shape else {
        throw .shape("input \(index) is \(tensor.shape), expected \(shape)")
      }
      return tensor.doubles
    }
    func state(_ index: Int) throws(OperatorFault) -> [Double] {
      let shape = [count, data.shape[1], hidden]
      guard let tensor = call.optional(index) else {
        return [Double](repeating: 0, count: try TensorShape.count(shape))
      }
      let ordered = try timeFirst(tensor)
      guard ordered.shape == shape else { throw .shape("state \(tensor.shape), expected \(shape)") }
      return ordered.doubles
    }
    bias = try checked(3, [count, 2 * gates * hidden])
    peephole = gates == 4 ? try checked(7, [count, 3 * hidden]) : nil
    (startHidden, startCell) = (try state(5), gates == 4 ? try state(6) : [])
    self.batchFirst = batchLeads
    backward = direction == "bidirectional" ? [false, true] : [direction == "reverse"]
    (time, batch, width, self.hidden) = (frames, data.shape[1], data.shape[2], hidden)
    (x, w, r, type) = (data.doubles, weights.doubles, recurrence.doubles, data.type)
    lengths = try call.optional(4)?.sizes() ?? [Int](repeating: frames, count: data.shape[1])
    guard lengths.count == batch, lengths.allSatisfy({ $0 >= 0 && $0 <= frames }) else {
      throw .shape("sequence_lens \(lengths)")
    }
    functions = try Self.activations(call, gates: gates, directions: count)
    let units = try TensorShape.count([time, count, batch, hidden])
    try LoadBudget.spend(units, gates, width + hidden)
  }

  /// The functions of all directions, one after another.
  private static func activations(
    _ call: OperatorCall, gates: Int, directions: Int
  ) throws(OperatorFault) -> [(Double) -> Double] {
    let usual = gates == 1 ? ["Tanh"] : gates == 3 ? ["Sigmoid", "Tanh"] : ["Sigmoid", "Tanh", "Tanh"]
    var names: [String] = []
    if case .texts(let given) = call.attributes["activations"] { names = given }
    if names.isEmpty { names = Array(repeating: usual, count: directions).flatMap { $0 } }
    guard names.count == usual.count * directions else { throw .attribute("activations \(names)") }
    var (alphas, betas) = (call.numbers("activation_alpha") ?? [], call.numbers("activation_beta") ?? [])
    func next(_ list: inout [Double], _ missing: Double) -> Double {
      list.isEmpty ? missing : list.removeFirst()
    }
    var result: [(Double) -> Double] = []
    for name in names {
      switch name.lowercased() {
      case "tanh": result.append { tanh($0) }
      case "sigmoid": result.append { ReferenceOperators.sigmoid($0) }
      case "relu": result.append { max(0, $0) }
      case "softsign": result.append { $0 / (1 + abs($0)) }
      case "softplus": result.append { ReferenceOperators.softplus($0) }
      case "affine":
        let (a, b) = (next(&alphas, 1), next(&betas, 0))
        result.append { a * $0 + b }
      case "leakyrelu":
        let a = next(&alphas, 0.01)
        result.append { $0 < 0 ? a * $0 : $0 }
      case "hardsigmoid":
        let (a, b) = (next(&alphas, 0.2), next(&betas, 0.5))
        result.append { max(0, min(1, a * $0 + b)) }
      default: throw .unsupported("activation \(name)")
      }
    }
    return result
  }

  func results() throws(OperatorFault) -> [Tensor] {
    let count = backward.count
    var all = [Double](repeating: 0, count: time * count * batch * hidden)
    var (last, cell) = (startHidden, startCell)
    for direction in 0..<count {
      for b in 0..<batch {
        let at = (direction * batch + b) * hidden
        var h = Array(last[at..<at + hidden])
        var c = gates == 4 ? Array(cell[at..<at + hidden]) : []
        for step in 0..<lengths[b] {
          let t = backward[direction] ? lengths[b] - 1 - step : step
          try advance(direction, input: (t * batch + b) * width, &h, &c)
          let to = ((t * count + direction) * batch + b) * hidden
          all.replaceSubrange(to..<to + hidden, with: h)
        }
        last.replaceSubrange(at..<at + hidden, with: h)
        if gates == 4 { cell.replaceSubrange(at..<at + hidden, with: c) }
      }
    }
    let y = Tensor(shape: [time, count, batch, hidden], elements: type.elements(all))
    var states = [Tensor(shape: [count, batch, hidden], elements: type.elements(last))]
    if gates == 4 { states.append(Tensor(shape: [count, batch, hidden], elements: type.elements(cell))) }
    guard batchFirst else { return [y] + states }
    var results = [try y.transposed([2, 0, 1, 3])]
    for state in states { results.append(try state.transposed([1, 0, 2])) }
    return results
  }

  /// Row `row` of the input weights times the frame, and of the recurrence times `h`, with their biases.
  private func products(_ direction: Int, row: Int, input: Int, _ h: [Double]) -> (
    input: Double, recurrent: Double
  ) {
    let line = direction * gates * hidden + row
    var (a, b) = (0.0, 0.0)
    for i in 0..<width { a += w[line * width + i] * x[input + i] }
    for i in 0..<hidden { b += r[line * hidden + i] * h[i] }
    if let bias {
      let start = direction * 2 * gates * hidden
      a += bias[start + row]
      b += bias[start + gates * hidden + row]
    }
    return (a, b)
  }

  private func advance(
    _ direction: Int, input: Int, _ h: inout [Double], _ c: inout [Double]
  ) throws(OperatorFault) {
    let limit = call.number("clip") ?? .infinity
    let each = functions.count / backward.count
    func activate(_ index: Int, _ value: Double) -> Double {
      functions[direction * each + index](min(max(value, -limit), limit))
    }
    func sum(_ gate: Int, _ unit: Int) -> Double {
      let both = products(direction, row: gate * hidden + unit, input: input, h)
      return both.input + both.recurrent
    }
    switch gates {
    case 1: h = (0..<hidden).map { activate(0, sum(0, $0)) }
    case 3: h = gated(direction, input: input, h, sum: sum, activate: activate)
    default:
      let coupled = call.flag("input_forget")
      func peek(_ part: Int, _ unit: Int) -> Double {
        peephole.map { $0[(direction * 3 + part) * hidden + unit] } ?? 0
      }
      let old = c
      var next = h
      for unit in 0..<hidden {
        let inGate = activate(0, sum(0, unit) + peek(0, unit) * old[unit])
        let forget = coupled ? 1 - inGate : activate(0, sum(2, unit) + peek(2, unit) * old[unit])
        c[unit] = forget * old[unit] + inGate * activate(1, sum(3, unit))
        let outGate = activate(0, sum(1, unit) + peek(1, unit) * c[unit])
        next[unit] = outGate * functions[direction * each + 2](c[unit])
      }
      h = next
    }
  }

  /// The new state of a GRU. Gates: update z, reset r, candidate.
  private func gated(
    _ direction: Int, input: Int, _ h: [Double], sum: (Int, Int) -> Double, activate: (Int, Double) -> Double
  ) -> [Double] {
    let update = (0..<hidden).map { activate(0, sum(0, $0)) }
    let reset = (0..<hidden).map { activate(0, sum(1, $0)) }
    // By default the reset gate acts on the state before the product, with `linear_before_reset` on the product.
    let after = call.flag("linear_before_reset")
    let damped = after ? h : zip(reset, h).map { $0 * $1 }
    return (0..<hidden).map { unit in
      let both = products(direction, row: 2 * hidden + unit, input: input, damped)
      let candidate = activate(1, both.input + (after ? reset[unit] : 1) * both.recurrent)
      return (1 - update[unit]) * candidate + update[unit] * h[unit]
    }
  }
}
