/// Names to recognise, with their embeddings: objects and parts apart, because one mask may have a name of each kind.
public struct Vocabulary: Sendable {
  /// Names of one kind.
  public struct Table: Sendable {
    public let names: [String]
    /// For each name whether it is countable; otherwise it is stuff, such as sky.
    public let isThing: [Bool]
    /// `[names, D]`, rows of unit length, in the space of the checkpoint's sentence encoder.
    public let embeddings: Tensor
    /// The same as products read them, so that a vocabulary is brought into their layout once.
    let panels: PackedWeights

    /// - Parameters:
    ///   - embeddings: `[names, D]`; rows are brought to unit length.
    ///   - isThing: for each name whether it is countable; `nil`: all are.
    /// - Throws: `invalidArgument` where their number is not that of the names, or an embedding is zero or not finite.
    public init(names: [String], embeddings: Tensor, isThing: [Bool]? = nil) throws(ModelError) {
      guard isThing == nil || isThing?.count == names.count else {
        throw ModelError(
          .invalidArgument,
          "\(names.count) names cannot be told things from stuff by \(isThing?.count ?? 0) values; give one a name.")
      }
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
      self.isThing = isThing ?? Array(repeating: true, count: names.count)
      self.embeddings = units
      panels = PackedWeights(units, outputs: names.count, inputs: size)
    }
  }

  /// A part and what it belongs to, by their places in the tables.
  public struct PartOfObject: Hashable, Comparable, Sendable {
    public var object: Int
    public var part: Int

    public init(object: Int, part: Int) {
      self.object = object
      self.part = part
    }

    public static func < (first: PartOfObject, second: PartOfObject) -> Bool {
      (first.object, first.part) < (second.object, second.part)
    }
  }

  public var objects: Table
  public var parts: Table
  /// Which parts an object can have; `nil`: any.
  public var pairs: Set<PartOfObject>?

  public init(objects: Table, parts: Table, pairs: Set<PartOfObject>? = nil) {
    self.objects = objects
    self.parts = parts
    self.pairs = pairs
  }
}
