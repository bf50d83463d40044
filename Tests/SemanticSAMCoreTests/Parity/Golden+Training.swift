import Foundation

@testable import SemanticSAMCore

extension Golden {
  /// The numbers of any type that `doubles` does not know too.
  func numbers(_ tensor: String) throws -> [Double] {
    let entry = try entry(tensor)
    let bytes = file.bytes(of: entry)
    return try (0..<entry.count).map { index in
      switch entry.type {
      case .float64: bytes.loadUnaligned(fromByteOffset: index * 8, as: Double.self)
      case .float32: Double(bytes.loadUnaligned(fromByteOffset: index * 4, as: Float.self))
      case .int64: Double(bytes.loadUnaligned(fromByteOffset: index * 8, as: Int64.self))
      case .int32: Double(bytes.loadUnaligned(fromByteOffset: index * 4, as: Int32.self))
      case .int16: Double(bytes.loadUnaligned(fromByteOffset: index * 2, as: Int16.self))
      case .int8: Double(bytes.load(fromByteOffset: index, as: Int8.self))
      case .uint8: Double(bytes[index])
      default: throw GoldenFailure("\(name) holds '\(tensor)' as \(entry.type.rawValue)")
      }
    }
  }

  /// A whole tensor of single precision.
  func tensor(_ tensor: String) throws -> Tensor {
    try file.tensor(tensor).orFail("\(name) has no tensor '\(tensor)'")
  }

  func truthMasks() throws -> TruthMasks {
    let shape = try shape("target_masks")
    return TruthMasks(bytes: try bytes("target_masks"), count: shape[0], width: shape[2], height: shape[1])
  }

  func truth() throws -> TrainingTruth {
    let labels = file.entries["target_labels"] == nil ? [] : try doubles("target_labels").map { Int($0) }
    return TrainingTruth(
      masks: try truthMasks(), boxes: try tensor("target_boxes").boxRows, objects: labels)
  }

  /// What a layer predicts; its tensors' names begin with `prefix`.
  func layer(_ prefix: String) throws -> LayerPrediction {
    LayerPrediction(
      masks: try tensor(prefix + "pred_masks"), boxes: try tensor(prefix + "pred_boxes"),
      ious: file.tensor(prefix + "pred_ious"), objects: file.tensor(prefix + "pred_logits"))
  }

  /// Clicks with as many queries as the file says, and their slots.
  func prompts() throws -> [PromptTargets] {
    let tokens = Int(file.metadata["tokens"] ?? "") ?? 0
    let offsets = try doubles("click_offsets").map { Int($0) }
    let targets = try doubles("click_targets").map { Int($0) }
    return PromptTargets.clicks(
      zip(offsets, offsets.dropFirst()).map { Array(targets[$0..<$1]) }, tokens: tokens)
  }

  func samples(_ layer: LayerPrediction, _ truth: TrainingTruth, points: String) throws -> MaskSamples {
    let points = try tensor(points)
    let masks = try truth.masks.orFail("\(name) has no masks")
    return MaskSamples(
      logits: layer.masks.sampled(at: points, of: Array(0..<layer.masks.shape[0])),
      labels: masks.sampled(at: points, of: Array(0..<masks.count)))
  }

  private func weightTable() -> [String: Double] {
    (try? JSONDecoder().decode([String: Double].self, from: Data((file.metadata["weights"] ?? "{}").utf8))) ?? [:]
  }

  func matchCosts() -> MatchCosts {
    let weights = weightTable()
    return MatchCosts(
      classification: weights["cls"] ?? 0, maskCrossEntropy: weights["mask"] ?? weights["bce"] ?? 0,
      dice: weights["dice"] ?? 0, box: weights["bbox"] ?? 0, giou: weights["giou"] ?? 0)
  }

  func lossWeights() -> LossWeights {
    let weights = weightTable()
    return LossWeights(
      maskCrossEntropy: weights["bce"] ?? 0, dice: weights["dice"] ?? 0, box: weights["bbox"] ?? 0,
      giou: weights["giou"] ?? 0, iou: weights["iou"] ?? 0, objects: weights["cls"] ?? weights["object"] ?? 0,
      parts: weights["part"] ?? 0)
  }
}

extension Optional {
  func orFail(_ message: String) throws -> Wrapped {
    guard let self else { throw GoldenFailure(message) }
    return self
  }
}

extension GoldenReport {
  /// Compares numbers: the largest difference may be `absolute`, or `relative` times the largest magnitude.
  mutating func compareLargest(_ tensor: String, _ values: [Double], absolute: Double, relative: Double) throws {
    let expected = try golden.doubles(tensor)
    used(tensor)
    guard values.count == expected.count else {
      require(false, "\(tensor): \(values.count) values instead of \(expected.count)")
      return
    }
    let largest = expected.reduce(0) { max($0, abs($1)) }
    for (index, (value, reference)) in zip(values, expected).enumerated() {
      let difference = abs(value - reference)
      noteDifference(difference, of: largest, at: "\(tensor)[\(index)]")
      if !(difference <= max(absolute, relative * largest)) {
        require(false, "\(tensor)[\(index)]: \(value) instead of \(reference), largest \(largest)")
        return
      }
    }
  }
}
