import TensorKernels

/// What the mask decoder computes of an image once, however many prompts follow.
public struct DecoderMemory: Sendable {
  var levels: [LevelShape]
  /// For each layer the value projection of the image's tokens, `[L, C]`.
  var values: [Tensor]
  /// The mask features of the map `[height, width]` as the packed weights of a product: one output a cell.
  var maskFeatures: Weights
  var height: Int
  var width: Int
  /// What the network could make queries of, where it chooses them itself.
  var proposals: QueryProposals.Encoded?
}
