import Foundation
import SemanticSAMCore

extension ClosedFormHead {
  private static let format = "semantic-sam-head-1"

  /// Writes the head as safetensors, beside and renamed, with its names and the checksum of the weights whose features it
  /// reads.
  /// - Throws: `unreadableFile` where the file cannot be written.
  public func write(to path: String, for model: SemanticSAM) throws(ModelError) {
    guard let list = try? JSONEncoder().encode(names) else {
      throw ModelError(.invalidArgument, "The names of the head cannot be written as JSON; correct them.")
    }
    var writer = SafetensorsWriter(metadata: [
      "format": Self.format, "names": String(decoding: list, as: UTF8.self), "checkpoint": model.checkpoint.checksum,
    ])
    try write(to: &writer, prefix: "head")
    try writer.write(to: path)
  }

  /// Reads what `write(to:for:)` wrote.
  /// - Throws: `unreadableFile`; `malformedFile` for another file; `mismatchedParameters` where it was fitted to other weights.
  public init(contentsOf path: String, for model: SemanticSAM) throws(ModelError) {
    let file = try Checkpoint(contentsOf: path)
    guard file.metadata["format"] == Self.format,
      let names = try? JSONDecoder().decode([String].self, from: Data((file.metadata["names"] ?? "").utf8)),
      !names.isEmpty
    else {
      throw ModelError(
        .malformedFile,
        "'\(path)' is no head of this library; give a file that 'semantic-sam fit' or a head's write made.")
    }
    guard file.metadata["checkpoint"] == model.checkpoint.checksum else {
      throw ModelError(
        .mismatchedParameters,
        "The head '\(path)' was fitted to the features of other weights than '\(model.name)'; fit it again, or load those."
      )
    }
    // A header may claim any number of names; the file must hold their rows.
    guard file.entries["head.map.weight"]?.shape == [names.count, model.regionFeatureCount] else {
      throw ModelError(
        .mismatchedParameters,
        "The head '\(path)' does not map \(model.regionFeatureCount) features to \(names.count) names; get a complete copy."
      )
    }
    self.init(names: names, features: model.regionFeatureCount)
    try load(from: file, prefix: "head", name: "head")
    guard let scale = temperature.values.first, scale > 0, scale.isFinite else {
      throw ModelError(.malformedFile, "The head '\(path)' has no temperature above 0; get a complete copy.")
    }
    try packWeights()
  }
}
