/// What a head reads.
public enum HeadInput: String, Codable, Hashable, Sendable {
  /// Features of masks, `[masks, C4 + C5]`: `SemanticSAM.regionFeatures(of:in:)`.
  case regions
  /// Queries of the decoder's last layer, `[clicks * tokens, C]`: `SemanticSAM.queryFeatures(of:in:)`.
  case queries
  /// Features of every cell, `[H/16, W/16, C4 + C5]`: `SemanticSAM.denseFeatures(of:)`.
  case cells
}

/// A network of one's own on top of what a model knows of an image: a classifier of masks, a regressor, a segmenter.
///
/// A head is a `Module`, so it names its parameters once: the checkpoint holds them under `heads.NAME.`
/// (`SemanticSAM.write(to:matricesAs:heads:)`, `SemanticSAM.head(_:filling:)`). Its loss is its own, made of
/// operations that a tape follows, so `valueAndGradient` trains it by itself or together with the network. A linear head
/// needs no steps at all: the module SemanticSAMHeads fits it in closed form.
public protocol Head: Module {
  /// What the loss compares the output with.
  associatedtype Target: Sendable

  var input: HeadInput { get }

  /// The output for features, the innermost size being that of `input`.
  func callAsFunction(_ features: Tensor) -> Tensor

  /// How far an output is from what it should be: one number, `[1]`.
  func loss(_ output: Tensor, _ target: Target) throws(ModelError) -> Tensor
}

extension SemanticSAM {
  /// What stands before the keys of heads in a checkpoint.
  static let headPrefix = "heads."

  /// A head with the parameters that the checkpoint holds for it.
  /// - Parameters:
  ///   - name: as given to `write(to:matricesAs:heads:)`.
  ///   - head: of the right sizes; its numbers are replaced.
  /// - Throws: `mismatchedParameters` where the checkpoint has no such head, or one of other sizes.
  public func head<H: Head>(_ name: String, filling head: H) throws(ModelError) -> H {
    var head = head
    try head.load(from: checkpoint, prefix: Self.headPrefix + name, name: "head \(name)")
    try head.packWeights()
    return head
  }
}
