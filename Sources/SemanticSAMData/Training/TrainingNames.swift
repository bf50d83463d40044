import SemanticSAMCore

/// The names of all data sets of a run, each once: what the run's vocabulary is made of. Objects and parts are apart, so that
/// "head" is one part whoever has it; sets that share a name share its class.
public struct TrainingNames: Sendable {
  public struct Name: Hashable, Sendable {
    /// As data sets write it, in lower case and with plain spaces.
    public var name: String
    /// What a text encoder reads: the first synonym, without what COCO's panoptic names add.
    public var text: String
    /// Countable; otherwise stuff.
    public var isThing: Bool

    init(_ category: Category) {
      name = Self.plain(category.name)
      let synonym = name.split(separator: ",").first.map(String.init) ?? name
      text = ["-merged", "-other", "-stuff"].reduce(synonym) { $0.replacing($1, with: "") }
      isThing = category.isThing
    }

    /// In lower case, words apart by one space.
    static func plain(_ name: String) -> String {
      name.lowercased().split { $0 == "_" || $0.isWhitespace }.joined(separator: " ")
    }
  }

  public private(set) var objects: [Name] = []
  public private(set) var parts: [Name] = []

  /// - Parameter datasets: in the order of their names; of things that sets disagree about the first says whether they count.
  public init(of datasets: [any Dataset]) {
    for dataset in datasets {
      Self.add(dataset.categories.objects, to: &objects)
      Self.add(dataset.categories.parts, to: &parts)
    }
  }

  private static func add(_ categories: [Category], to names: inout [Name]) {
    var known = Set(names.map(\.name))
    for category in categories {
      let name = Name(category)
      if known.insert(name.name).inserted { names.append(name) }
    }
  }

  public var isEmpty: Bool { objects.isEmpty && parts.isEmpty }

  /// The vocabulary with the embeddings of a text encoder; the network can then be asked for other names too.
  /// - Throws: what the encoder throws.
  public func vocabulary(encodedBy encoder: any TextEncoder) throws(ModelError) -> Vocabulary {
    try vocabulary { names throws(ModelError) in try encoder.classEmbeddings(of: names.map(\.text)) }
  }

  /// The vocabulary with fixed embeddings that mean nothing: random directions, the same for a name in any run. The network
  /// then learns these names alone.
  /// - Parameter dimension: of the embeddings.
  public func vocabularyOfCodes(dimension: Int = 512) throws(ModelError) -> Vocabulary {
    try vocabulary { names in
      let numbers = names.flatMap { name in
        var generator = SampleGenerator(
          seed: name.name.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 })
        return (0..<dimension).map { _ in Float(generator.uniform(-1...1)) }
      }
      return Tensor(numbers, shape: [names.count, dimension])
    }
  }

  /// The vocabulary with embeddings that weights hold already; `nil` where they lack a name.
  public func vocabulary(from other: Vocabulary) throws(ModelError) -> Vocabulary? {
    func has(_ names: [Name], _ table: Vocabulary.Table) -> Bool { Set(names.map(\.name)).isSubset(of: table.names) }
    guard has(objects, other.objects), has(parts, other.parts) else { return nil }
    func table(_ names: [Name], _ table: Vocabulary.Table) throws(ModelError) -> Vocabulary.Table {
      try Vocabulary.Table(
        names: names.map(\.name), embeddings: table.selecting(names.map(\.name)).embeddings,
        isThing: names.map(\.isThing))
    }
    return Vocabulary(objects: try table(objects, other.objects), parts: try table(parts, other.parts))
  }

  private func vocabulary(_ embeddings: ([Name]) throws(ModelError) -> Tensor) throws(ModelError) -> Vocabulary {
    func table(_ names: [Name]) throws(ModelError) -> Vocabulary.Table {
      try Vocabulary.Table(
        names: names.map(\.name), embeddings: names.isEmpty ? Tensor(repeating: 0, shape: [0, 0]) : embeddings(names),
        isThing: names.map(\.isThing))
    }
    return Vocabulary(objects: try table(objects), parts: try table(parts))
  }
}

/// Where the categories of a data set stand in the vocabulary of a run.
struct NamePlaces: Sendable {
  /// By the places in the data set's tables.
  private let objects: [Int]
  private let parts: [Int]
  /// By the ids that annotations use.
  private let objectsOfIDs: [Int: Int]

  /// - Throws: `invalidArgument` naming a category that the vocabulary has not.
  init(_ dataset: any Dataset, in vocabulary: Vocabulary) throws(ModelError) {
    func places(_ categories: [Category], _ table: Vocabulary.Table, _ kind: String) throws(ModelError) -> [Int] {
      let known = Dictionary(table.names.enumerated().map { ($1, $0) }) { first, _ in first }
      var places: [Int] = []
      for category in categories {
        guard let place = known[TrainingNames.Name.plain(category.name)] else {
          throw ModelError(
            .invalidArgument,
            "The data set '\(dataset.name)' has the \(kind) \(ModelError.quoted(category.name)), which the vocabulary of the run "
              + "lacks; go on with the data sets that it began with.")
        }
        places.append(place)
      }
      return places
    }
    objects = try places(dataset.categories.objects, vocabulary.objects, "object")
    parts = try places(dataset.categories.parts, vocabulary.parts, "part")
    objectsOfIDs = Dictionary(zip(dataset.categories.objects.map(\.id), objects)) { first, _ in first }
  }

  func object(_ category: Int?) -> Int? { category.flatMap { objects.indices.contains($0) ? objects[$0] : nil } }
  func part(_ category: Int?) -> Int? { category.flatMap { parts.indices.contains($0) ? parts[$0] : nil } }

  /// The names that were looked for in a photograph; `nil` where the data set has none.
  ///
  /// Of a federated set these are the objects annotated or listed as absent. Its lists tell parts by whole pairs, so of parts
  /// those annotated are told apart from each other, and nothing is said of the rest of the photograph.
  func names(of targets: [TrainingSample.Target], federation: Sample.Federation?) -> TrainingSample.Names? {
    guard !objects.isEmpty || !parts.isEmpty else { return nil }
    guard let federation else {
      return TrainingSample.Names(objects: Set(objects).sorted(), parts: Set(parts).sorted())
    }
    let annotated = Set(targets.compactMap(\.object))
    let incomplete = Set(federation.notExhaustive.compactMap { objectsOfIDs[$0] })
    let absent = Set(federation.absent.compactMap { objectsOfIDs[$0] })
    let ownParts = Set(targets.compactMap(\.part))
    return TrainingSample.Names(
      objects: annotated.union(incomplete).union(absent).sorted(), parts: ownParts.sorted(),
      incompleteObjects: incomplete, incompleteParts: ownParts)
  }
}
