import Foundation
import SemanticSAMCore

/// A classifier of masks that is fitted in closed form: a linear map of region features to one score a class, by ridge
/// regression to 1 for the right class and 0 for the others.
///
/// ```swift
/// let features = try model.regionFeatures(of: masks, in: embedding)
/// let head = try ClosedFormHead.fit(features, classes: [0, 0, 1], names: ["ripe", "unripe"])
/// let labels = head.labels(of: try model.regionFeatures(of: others, in: embedding))
/// ```
public struct ClosedFormHead: Head {
  /// `[classes, features]` and `[classes]`.
  public var map: Linear
  /// One number; scores are divided by it before the softmax.
  public var temperature: Tensor
  public let names: [String]
  /// What the fit was like; `nil` for a head that was read from a file.
  public let fit: Fit?

  /// How well a head fits regions that it did not see: each was left out in turn.
  public struct Fit: Hashable, Sendable {
    public var regions: Int
    public var penalty: Float
    /// The share of regions whose class has the highest score, 0...1.
    public var accuracy: Float
    /// The share of regions whose class is among the five highest scores, 0...1.
    public var accuracyOfFive: Float
  }

  public var input: HeadInput { .regions }

  /// Penalties to choose from, relative to the mean square of the features: 1e-6 to 1e3.
  public static let penalties: [Float] = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100, 1000]

  init(names: [String], features: Int, fit: Fit? = nil) {
    map = Linear(inputs: features, outputs: names.count)
    temperature = Tensor(repeating: 1, shape: [1])
    self.names = names
    self.fit = fit
  }

  public mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
    try visitor.module("map", &map)
    try visitor.parameter("temperature", &temperature)
  }

  /// Fits a head to regions whose class is known.
  /// - Parameters:
  ///   - features: `[regions, F]`, as `SemanticSAM.regionFeatures(of:in:)` gives them.
  ///   - classes: the place of each region's class in `names`.
  ///   - names: of the classes, at least one.
  ///   - balancesClasses: whether a region counts `1 / sqrt(regions of its class)`, so that frequent classes do not push the
  ///     rare ones aside.
  ///   - penalties: relative to the mean square of the centred features, 0 or more; the one of the least leave-one-out
  ///     error is taken.
  /// - Throws: `invalidArgument` for lists that do not fit each other, numbers that are not finite, or too few regions.
  public static func fit(
    _ features: Tensor, classes: [Int], names: [String], balancesClasses: Bool = true,
    penalties: [Float] = ClosedFormHead.penalties
  ) throws(ModelError) -> ClosedFormHead {
    guard !names.isEmpty, classes.allSatisfy(names.indices.contains) else {
      throw ModelError(
        .invalidArgument, "A region has a class outside of the \(names.count) names; give places of names, from 0.")
    }
    var targets = Tensor(repeating: 0, shape: [classes.count, names.count])
    targets.withUnsafeMutableBufferPointer { values in
      for (region, name) in classes.enumerated() { values[region * names.count + name] = 1 }
    }
    var counts = [Int](repeating: 0, count: names.count)
    for name in classes { counts[name] += 1 }
    let importance = classes.map { balancesClasses ? 1 / Float(counts[$0]).squareRoot() : 1 }
    let fit = try LinearFit(features, targets: targets, importance: importance, penalties: penalties)
    let choice = Calibration(fit.leftOut, classes: classes)
    var head = ClosedFormHead(
      names: names, features: features.shape[1],
      fit: Fit(
        regions: classes.count, penalty: fit.penalty, accuracy: choice.accuracy, accuracyOfFive: choice.accuracyOfFive))
    head.map.weight.values = fit.weights
    head.map.bias = fit.bias
    head.temperature = Tensor([choice.temperature], shape: [1])
    try head.packWeights()
    return head
  }

  /// Scores of the classes, `[regions, classes]`: about 1 for the right one.
  public func callAsFunction(_ features: Tensor) -> Tensor {
    map(features)
  }

  /// The mean square of the scores' distance from 1 for the right class and 0 for the others.
  /// - Parameter classes: the place of each region's class in `names`.
  public func loss(_ output: Tensor, _ classes: [Int]) throws(ModelError) -> Tensor {
    let width = names.count
    guard output.shape == [classes.count, width], classes.allSatisfy(names.indices.contains) else {
      throw ModelError(
        .invalidArgument,
        "Scores of shape \(output.shape) do not belong to \(classes.count) regions of \(width) classes.")
    }
    let count = Float(max(output.count, 1))
    var difference = output.detached
    difference.withUnsafeMutableBufferPointer { values in
      for (region, name) in classes.enumerated() { values[region * width + name] -= 1 }
    }
    let square = difference.withUnsafeBufferPointer { $0.reduce(0) { $0 + $1 * $1 } } / count
    return Tensor([square], shape: [1]).recorded(from: [output]) { [difference] gradient in
      var back = difference
      let scale = 2 * (gradient.values.first ?? 1) / count
      back.withUnsafeMutableBufferPointer { values in
        for index in values.indices { values[index] *= scale }
      }
      return [back]
    }
  }

  /// The classes of regions, most probable first, at most five each.
  /// - Parameters:
  ///   - features: `[regions, F]`.
  ///   - areParts: whether the classes are parts of objects.
  public func labels(of features: Tensor, areParts: Bool = false) -> [Labels] {
    let scores = self(features)
    let scale = temperature.values.first ?? 1
    return (0..<scores.shape[0]).map { region in
      let logits = scores.rows(region..<region + 1).values.map { $0 / scale }
      let largest = logits.max() ?? 0
      let exponentials = logits.map { Foundation.exp($0 - largest) }
      let sum = exponentials.reduce(0, +)
      let places = exponentials.indices.sorted { (exponentials[$1], $0) < (exponentials[$0], $1) }
      let best = places.prefix(5).map { Label(name: names[$0], probability: exponentials[$0] / sum) }
      return areParts ? Labels(objects: [], parts: best) : Labels(objects: best, parts: [])
    }
  }
}
