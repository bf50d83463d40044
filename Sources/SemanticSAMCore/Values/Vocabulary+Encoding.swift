extension Vocabulary {
  /// Names with the embeddings that an encoder gives them.
  /// - Parameters:
  ///   - objects: names of whole things; parts: names of parts of things, shared by all objects.
  ///   - encoder: of the space that the weights name masks in (all-MiniLM-L6-v2 for the built-in ones).
  /// - Throws: `invalidArgument` for a blank name or one that stands twice; what the encoder throws.
  public init(
    objects: [String], parts: [String] = [], encodedBy encoder: any TextEncoder
  ) throws(ModelError) {
    self.init(
      objects: try Table(names: objects, encodedBy: encoder), parts: try Table(names: parts, encodedBy: encoder))
  }
}

extension Vocabulary.Table {
  /// Names of one kind with the embeddings that an encoder gives them.
  /// - Throws: `invalidArgument` for a blank name or one that stands twice; what the encoder throws.
  public init(names: [String], encodedBy encoder: any TextEncoder) throws(ModelError) {
    try Self.check(names)
    try self.init(names: names, embeddings: encoder.classEmbeddings(of: names))
  }

  /// The names of this table in another order or number.
  /// - Throws: `invalidArgument` for a name that is not in the table, stands twice or is blank.
  public func selecting(_ names: [String]) throws(ModelError) -> Vocabulary.Table {
    try Self.check(names)
    var rows: [Int] = []
    for name in names {
      guard let row = self.names.firstIndex(of: name) else {
        throw ModelError(
          .invalidArgument,
          "The vocabulary does not have \(ModelError.quoted(name)) among its \(self.names.count) names; use one of them, or "
            + "give a text encoder.")
      }
      rows.append(row)
    }
    return try Vocabulary.Table(names: names, embeddings: embeddings.gathered(rows: rows))
  }

  /// The table with one more name, encoded.
  func adding(_ name: String, encodedBy encoder: any TextEncoder) throws(ModelError) -> Vocabulary.Table {
    let addition = try Vocabulary.Table(names: [name], encodedBy: encoder)
    guard !names.isEmpty else { return addition }
    guard addition.embeddings.channels == embeddings.channels else {
      throw ModelError(
        .invalidArgument,
        "The text encoder gives \(addition.embeddings.channels) numbers, the vocabulary has \(embeddings.channels); use the "
          + "encoder that the weights belong to.")
    }
    return try Vocabulary.Table(
      names: names + [name], embeddings: Tensor.concatenated([embeddings, addition.embeddings]))
  }

  private static func check(_ names: [String]) throws(ModelError) {
    guard names.allSatisfy({ $0.contains { !$0.isWhitespace } }) else {
      throw ModelError(.invalidArgument, "A name of the vocabulary is blank; give each name at least one letter.")
    }
    guard Set(names).count == names.count else {
      let twice = Dictionary(grouping: names) { $0 }.first { $0.value.count > 1 }?.key ?? ""
      throw ModelError(
        .invalidArgument, "The vocabulary names \(ModelError.quoted(twice)) twice; give each name once.")
    }
  }
}
