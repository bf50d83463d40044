/// Names to recognise, with their embeddings: objects and parts apart, because one mask may have a name of each kind.
public struct Vocabulary: Sendable {
  /// Names of one kind.
  public struct Table: Sendable {
    public let names: [String]
    /// `[names, D]`, rows of unit length, in the space of the checkpoint's sentence encoder.
    public let embeddings: Tensor
    /// The same as products read them, so that a vocabulary is brought into their layout once.
    let panels: Tensor

    /// - Parameter embeddings: `[names, D]`; rows are brought to unit length.
    /// - Throws: `invalidArgument` where their number is not that of the names, or one is zero or not finite.
    public init(names: [String], embeddings: Tensor) throws(ModelError) {
      guard embeddings.shape.count == 2, embeddings.shape[0] == names.count else {
        throw ModelError(
          .invalidArgument,
          "\(names.count) names cannot have embeddings of shape \(embeddings.shape); give one row a name.")
      }
      var units = embeddings
      let size = embeddings.channels
      let isUsable = units.withUnsafeMutableBufferPointer { values in
        (0..<names.count).allSatisfy { row in
          let range = row * size..<(row + 1) * size
          let length = values[range].reduce(0) { $0 + $1 * $1 }.squareRoot()
          // Rows that have unit length stay as they are, to the bit.
          if abs(length - 1) > 1e-6 {
            for index in range { values[index] /= length }
          }
          return length > 0 && length.isFinite
        }
      }
      guard isUsable else {
        throw ModelError(.invalidArgument, "An embedding of a name is zero or not finite; encode the names again.")
      }
      self.names = names
      self.embeddings = units
      panels = units.panels(outputs: names.count, inputs: size)
    }
  }

  public var objects: Table
  public var parts: Table

  public init(objects: Table, parts: Table) {
    self.objects = objects
    self.parts = parts
  }
}
