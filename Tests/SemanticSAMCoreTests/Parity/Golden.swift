import Foundation

@testable import SemanticSAMCore

/// A file of reference numbers: inputs, and what another program computed from them in double precision.
struct Golden {
  let name: String
  let file: Safetensors
  /// Tensors that are stored in part: their whole shape and the step between stored values.
  private let sampled: [String: Sample]

  private struct Sample: Decodable {
    var shape: [Int]
    var stride: Int
  }

  init(contentsOf path: String) throws {
    name = String(path.split(separator: "/").last?.dropLast(".safetensors".count) ?? "")
    file = try Safetensors(contentsOf: path)
    sampled = try JSONDecoder().decode([String: Sample].self, from: Data((file.metadata["sampled"] ?? "{}").utf8))
  }

  var kind: String { file.metadata["kind"] ?? "" }
  /// The first word of the model's name.
  var model: String { String((file.metadata["model"] ?? "").prefix { $0 != " " }) }
  var inputs: [String] {
    (try? JSONDecoder().decode([String].self, from: Data((file.metadata["inputs"] ?? "[]").utf8))) ?? []
  }

  /// The shape of the whole tensor.
  func shape(_ tensor: String) throws -> [Int] {
    try sampled[tensor]?.shape ?? entry(tensor).shape
  }

  /// The step between stored values: 1 where all are.
  func stride(_ tensor: String) -> Int { sampled[tensor]?.stride ?? 1 }

  func entry(_ tensor: String) throws -> Safetensors.Entry {
    guard let entry = file.entries[tensor] else { throw GoldenFailure("\(name) has no tensor '\(tensor)'") }
    return entry
  }

  /// The stored values in double precision.
  func doubles(_ tensor: String) throws -> [Double] {
    let entry = try entry(tensor)
    let bytes = file.bytes(of: entry)
    return try (0..<entry.count).map { index in
      switch entry.type {
      case .float64: bytes.loadUnaligned(fromByteOffset: index * 8, as: Double.self)
      case .float32: Double(bytes.loadUnaligned(fromByteOffset: index * 4, as: Float.self))
      case .int64: Double(bytes.loadUnaligned(fromByteOffset: index * 8, as: Int64.self))
      case .int32: Double(bytes.loadUnaligned(fromByteOffset: index * 4, as: Int32.self))
      case .uint8: Double(bytes[index])
      default: throw GoldenFailure("\(name) holds '\(tensor)' as \(entry.type.rawValue)")
      }
    }
  }

  func bytes(_ tensor: String) throws -> [UInt8] {
    Array(file.bytes(of: try entry(tensor)))
  }

  /// An RGB picture `[H, W, 3]`.
  func image(_ tensor: String) throws -> Image {
    let shape = try shape(tensor)
    return try Image(width: shape[1], height: shape[0], pixels: try bytes(tensor))
  }

  /// An input `[1, C, H, W]` as the map `[H, W, C]`: stored, or made by rule.
  func map(_ tensor: String) throws -> Tensor {
    struct Rule: Decodable {
      var key: String
      var shape: [Int]
    }
    let rules = try JSONDecoder().decode(
      [String: Rule].self, from: Data((file.metadata["ruled_inputs"] ?? "{}").utf8))
    let rule = rules[tensor]
    let shape = try rule?.shape ?? shape(tensor)
    let stored = rule.map { Tensor(FixtureWeights.input(key: $0.key, shape: shape), shape: shape) }
    guard let values = file.tensor(tensor) ?? stored, shape.count == 4, shape[0] == 1, values.shape == shape else {
      throw GoldenFailure("\(name): '\(tensor)' is not a whole map")
    }
    return values.transposed(blocks: 1, rows: shape[1], columns: shape[2] * shape[3])
      .reshaped(to: [shape[2], shape[3], shape[1]])
  }

  /// An input of rows, as arrays.
  func rows(_ tensor: String) throws -> [[Double]] {
    let width = try shape(tensor).last ?? 1
    let values = try doubles(tensor)
    return stride(from: 0, to: values.count, by: width).map { Array(values[$0..<$0 + width]) }
  }

  private func stride(from start: Int, to end: Int, by step: Int) -> StrideTo<Int> {
    Swift.stride(from: start, to: end, by: step)
  }
}

/// Why a golden cannot be checked, or what differs.
struct GoldenFailure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}

/// Collects the comparisons of one golden: which tensors had a check, the worst error, what exceeds its bound.
struct GoldenReport {
  let golden: Golden
  private(set) var failures: [String] = []
  private var checked: Set<String> = []
  private var worst = (error: -1.0, place: "nothing")

  init(_ golden: Golden) {
    self.golden = golden
  }

  /// "golden NAME: KIND, worst relative error E at TENSOR[PLACE]".
  var line: String {
    "golden \(golden.name): \(golden.kind), worst relative error \(String(format: "%.1e", worst.error)) at \(worst.place)"
  }

  /// Compares a whole tensor with what is stored of it: largest difference over the root mean square of the whole tensor.
  mutating func compare(_ tensor: String, _ values: [Float], bound: Double) throws {
    let expected = try golden.doubles(tensor)
    let shape = try golden.shape(tensor)
    let stride = golden.stride(tensor)
    let count = shape.reduce(1, *)
    checked.insert(tensor)
    guard values.count == count, expected.count == (count + stride - 1) / max(stride, 1) else {
      failures.append("\(tensor): \(values.count) values instead of \(count)")
      return
    }
    var rms = (expected.reduce(0) { $0 + $1 * $1 } / Double(max(expected.count, 1))).squareRoot()
    if golden.file.entries[tensor + ".sum_l2"] != nil {
      let sums = try golden.doubles(tensor + ".sum_l2")
      checked.insert(tensor + ".sum_l2")
      rms = sums[1] / Double(count).squareRoot()
      let sum = values.reduce(0.0) { $0 + Double($1) }
      let l2 = values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      note(abs(sum - sums[0]) / (Double(count) * rms), at: tensor + ".sum_l2[0]", bound: bound)
      note(abs(l2 - sums[1]) / sums[1], at: tensor + ".sum_l2[1]", bound: bound)
    }
    guard count > 0 else { return }
    var largest = (error: 0.0, index: 0)
    for (index, value) in expected.enumerated() {
      let difference = abs(Double(values[index * stride]) - value)
      // NaN must not pass as small.
      if !(difference <= largest.error) { largest = (difference, index * stride) }
    }
    note(rms > 0 ? largest.error / rms : largest.error, at: "\(tensor)[\(largest.index)]", bound: bound)
  }

  /// Compares by relative L2 over the stored values.
  mutating func compareL2(_ tensor: String, _ values: [Float], bound: Double) throws {
    let expected = try golden.doubles(tensor)
    checked.insert(tensor)
    guard values.count == expected.count else {
      failures.append("\(tensor): \(values.count) values instead of \(expected.count)")
      return
    }
    let difference = zip(values, expected).reduce(0.0) { $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) }
    let norm = expected.reduce(0.0) { $0 + $1 * $1 }
    note((difference / norm).squareRoot(), at: "\(tensor)[relative L2]", bound: bound)
  }

  /// Compares absolutely, value by value.
  mutating func compareAbsolute(_ tensor: String, _ values: [Float], bound: (Double) -> Double) throws {
    let expected = try golden.doubles(tensor)
    checked.insert(tensor)
    guard values.count == expected.count else {
      failures.append("\(tensor): \(values.count) values instead of \(expected.count)")
      return
    }
    for (index, (value, reference)) in zip(values, expected).enumerated() {
      let difference = abs(Double(value) - reference)
      if !(difference <= bound(reference)) { failures.append("\(tensor)[\(index)]: \(value) instead of \(reference)") }
    }
  }

  /// Compares the largest difference of all values, in their own unit. Infinities have to be the same.
  mutating func compareLargest(_ tensor: String, _ values: [Float], bound: Double) throws {
    let expected = try golden.doubles(tensor)
    checked.insert(tensor)
    guard values.count == expected.count else {
      failures.append("\(tensor): \(values.count) values instead of \(expected.count)")
      return
    }
    var largest = (error: 0.0, index: 0)
    for (index, (value, reference)) in zip(values, expected).enumerated() where Double(value) != reference {
      let difference = abs(Double(value) - reference)
      if !(difference <= largest.error) { largest = (difference, index) }
    }
    note(largest.error, at: "\(tensor)[\(largest.index)]", bound: bound)
  }

  /// Maps of labels may differ in a share of their pixels.
  mutating func compareLabels(_ tensor: String, _ values: [Int], share: Double = 1e-3) throws {
    let expected = try golden.doubles(tensor)
    checked.insert(tensor)
    guard values.count == expected.count else {
      failures.append("\(tensor): \(values.count) labels instead of \(expected.count)")
      return
    }
    let count = zip(values, expected).count { Double($0) != $1 }
    if Double(count) > share * Double(values.count) {
      failures.append("\(tensor): \(count) of \(values.count) labels differ")
    }
  }

  /// Notes something that differs.
  mutating func expect(_ condition: Bool, _ failure: @autoclosure () -> String) {
    if !condition { failures.append(failure()) }
  }

  /// Bytes or integers must be equal.
  mutating func compareExactly(_ tensor: String, _ values: [Double]) throws {
    let expected = try golden.doubles(tensor)
    checked.insert(tensor)
    if let index = zip(values, expected).enumerated().first(where: { $1.0 != $1.1 })?.offset {
      failures.append("\(tensor)[\(index)]: \(values[index]) instead of \(expected[index])")
    } else if values.count != expected.count {
      failures.append("\(tensor): \(values.count) values instead of \(expected.count)")
    } else {
      note(0, at: "\(tensor)[0]", bound: 0)
    }
  }

  /// Notes a failure where a condition does not hold.
  mutating func require(_ holds: Bool, _ message: @autoclosure () -> String) {
    if !holds { failures.append(message()) }
  }

  /// Takes a difference into the worst error, relative to a magnitude.
  mutating func noteDifference(_ difference: Double, of magnitude: Double, at place: String) {
    note(magnitude > 0 ? difference / magnitude : difference, at: place, bound: .infinity)
  }

  /// Marks inputs that the check read without comparing them.
  mutating func used(_ tensors: String...) {
    checked.formUnion(tensors)
  }

  /// Names tensors that nothing was compared with.
  mutating func finish() {
    let unchecked = Set(golden.file.entries.keys).subtracting(checked).subtracting(golden.inputs).sorted()
    for tensor in unchecked { failures.append("\(tensor): no check") }
  }

  private mutating func note(_ error: Double, at place: String, bound: Double) {
    if !(error <= worst.error) { worst = (error, place) }
    if !(error <= bound) { failures.append("\(place): relative error \(error) exceeds \(bound)") }
  }
}

extension Tensor {
  /// The numbers of a map `[H, W, C]` in the order C H W.
  var channelsFirst: [Float] {
    transposed(blocks: 1, rows: shape[0] * shape[1], columns: channels).values
  }
}
