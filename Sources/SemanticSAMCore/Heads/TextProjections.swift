/// Projections between the decoder and a text encoder's space. The published checkpoints hold them but were trained without
/// a text encoder, so nothing here uses them: they are read and written with the rest.
public struct TextProjections: Module {
  /// `[D, C]`.
  public var languageMapper: Tensor
  /// `[C, D]`, for objects and for parts.
  public var objects: Tensor
  public var parts: Tensor

  init(channels: Int, textDimension: Int) {
    languageMapper = Tensor(repeating: 0, shape: [textDimension, channels])
    objects = Tensor(repeating: 0, shape: [channels, textDimension])
    parts = Tensor(repeating: 0, shape: [channels, textDimension])
  }

  public mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
    try visitor.parameter("lang_mapper", &languageMapper)
    try visitor.parameter("class_embed", &objects)
    try visitor.parameter("class_embed_part", &parts)
  }
}
