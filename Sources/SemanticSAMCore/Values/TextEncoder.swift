/// Turns words into vectors whose cosines say how alike their meanings are.
///
/// The encoders themselves (MiniLM, the text transformer of the published checkpoints, files of embeddings) are in the
/// module SemanticSAMText, so that programs without words of their own do not link them.
public protocol TextEncoder: Sendable {
  /// D, the size of the vectors.
  var dimension: Int { get }

  /// What distinguishes this encoder's vectors from those of others: a checksum of its weights and settings.
  var identity: String { get }

  /// Vectors of unit length, `[texts, D]`.
  /// - Throws: `invalidArgument` for a text that it has no vector for; `cancelled`.
  func embeddings(of texts: [String]) throws(ModelError) -> Tensor

  /// Vectors of unit length that stand for classes, `[names, D]`: as `embeddings(of:)`, where the encoder was not trained
  /// with sentences about a class.
  func classEmbeddings(of names: [String]) throws(ModelError) -> Tensor
}

extension TextEncoder {
  public func classEmbeddings(of names: [String]) throws(ModelError) -> Tensor {
    try embeddings(of: names)
  }
}
