/// A text's words as places in vocabularies.
struct TextQuery {
  let phrase: TextPhrase
  /// The vocabulary in use, with the words that an encoder added.
  var vocabulary: Vocabulary
  var thingAsObject: Int?
  var thingAsPart: Int?
  var owner: Int?

  /// - Throws: `unsupported` for weights that name nothing, `invalidArgument` for a word that is not known.
  init(_ phrase: TextPhrase, vocabulary: Vocabulary?, options: SegmentOptions) throws(ModelError) {
    guard let vocabulary else {
      throw ModelError(
        .unsupported, "These weights name nothing, so they cannot look for a text; use weights that name masks.")
    }
    self.phrase = phrase
    self.vocabulary = vocabulary
    thingAsPart = Self.place(phrase.thing, in: vocabulary.parts)
    if let name = phrase.owner {
      owner = Self.place(name, in: vocabulary.objects)
      if owner == nil { owner = try Self.add(name, to: &self.vocabulary.objects, options, "object") }
      if thingAsPart == nil { thingAsPart = try Self.add(phrase.thing, to: &self.vocabulary.parts, options, "part") }
      return
    }
    thingAsObject = Self.place(phrase.thing, in: vocabulary.objects)
    if thingAsObject == nil, thingAsPart == nil {
      thingAsObject = try Self.add(phrase.thing, to: &self.vocabulary.objects, options, "object or part")
      thingAsPart = try Self.add(phrase.thing, to: &self.vocabulary.parts, options, "object or part")
    }
  }

  private static func place(_ name: String, in table: Vocabulary.Table) -> Int? {
    table.names.firstIndex { $0.lowercased() == name }
  }

  private static func add(
    _ name: String, to table: inout Vocabulary.Table, _ options: SegmentOptions, _ kind: String
  ) throws(ModelError) -> Int {
    guard let encoder = options.textEncoder else {
      throw ModelError(
        .invalidArgument,
        "The vocabulary has no \(kind) \(ModelError.quoted(name)); use one of its names, or give a text encoder, which "
          + "knows any word.")
    }
    table = try table.adding(name, encodedBy: encoder)
    return table.names.count - 1
  }
}
