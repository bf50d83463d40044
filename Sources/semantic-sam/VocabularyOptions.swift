import ArgumentParser
import SemanticSAMCore
import SemanticSAMData
import SemanticSAMText

/// Which names are told apart, and who knows what they mean.
struct VocabularyOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The names: a JSON file (a list, or objects, stuff and parts), or one of "
        + CategoryNames.builtIn.map(\.name).joined(separator: ", ")
        + ". Without it those of the weights, or of --embeddings, or coco.",
      valueName: "file.json|name"),
    completion: .file(extensions: ["json"]))
  var vocabulary: String?

  @Option(
    help: ArgumentHelp(
      "Turns names into numbers: a folder of a sentence encoder; for OpenSeeD's weights the file or folder of the byte "
        + "pairs, as bpe_simple_vocab_16e6.txt.gz.",
      valueName: "path"),
    completion: .file())
  var textEncoder: String?

  @Option(
    help: ArgumentHelp("The numbers of the names, made before: safetensors.", valueName: "file"),
    completion: .file(extensions: ["safetensors"]))
  var embeddings: String?

  @Option(
    help: ArgumentHelp(
      "A folder that keeps what --text-encoder made, for the next call; made where it is missing.", valueName: "folder"),
    completion: .directory)
  var textCache: String?

  func validate() throws {
    if textCache != nil, textEncoder == nil {
      throw ValidationError("--text-cache keeps what --text-encoder makes; give that too.")
    }
    if textEncoder != nil, embeddings != nil {
      throw ValidationError("--embeddings and --text-encoder both tell what names mean; give one of them.")
    }
  }

  /// The files that are read.
  var inputs: [String] {
    [isBuiltIn ? nil : vocabulary, textEncoder, embeddings].compactMap(\.self)
  }

  private var isBuiltIn: Bool { CategoryNames.builtIn.contains { $0.name == vocabulary } }

  /// The names of a built-in list or of a file.
  static func names(_ vocabulary: String) throws(ModelError) -> CategoryNames {
    if let known = CategoryNames.builtIn.first(where: { $0.name == vocabulary }) {
      return try CategoryNames(known.list)
    }
    guard Folder.exists(vocabulary) else {
      throw ModelError(
        .unreadableFile,
        "There is no file '\(vocabulary)', and no list of that name is built in; give a JSON file of names, or one of "
          + CategoryNames.builtIn.map(\.name).joined(separator: ", ") + ".")
    }
    return try CategoryNames(contentsOf: vocabulary)
  }

  /// The names with their numbers for the weights' network.
  /// - Parameter names: in place of those of the options, such as a data set's.
  func load(for model: SemanticSAM, names: CategoryNames? = nil) throws -> (
    names: CategoryNames, vocabulary: Vocabulary
  ) {
    var wanted = names
    if wanted == nil { wanted = try vocabulary.map { name throws(ModelError) in try Self.names(name) } }
    if let embeddings {
      let file = try PrecomputedEmbeddings(contentsOf: embeddings)
      let names =
        wanted
        ?? CategoryNames(
          objects: file.names.enumerated().map { CategoryNames.Entry(name: $1, text: $1, id: $0 + 1) })
      let known = Set(file.names)
      // A file may hold the names themselves, or what an encoder would read of them.
      return try Self.encoded(names) { entry in
        known.contains(entry.name) ? entry.name : entry.text
      } by: {
        texts throws(ModelError) in
        try file.embeddings(of: texts)
      }
    }
    if let textEncoder {
      var encoder = try Self.encoder(textEncoder, for: model)
      if let textCache { encoder = try TextEncoderCache(encoder, folder: textCache) }
      return try Self.encoded(wanted ?? (try CategoryNames(.cocoPanoptic))) {
        $0.text
      } by: { texts throws(ModelError) in
        try encoder.classEmbeddings(of: texts)
      }
    }
    guard let vocabulary = (model.findsByText ? model.trainedVocabulary : nil) ?? model.vocabulary else {
      throw ModelError(
        .unsupported,
        "The weights '\(model.name)' came without names, and nothing tells what the vocabulary means; give "
          + (model.findsByText ? "--text-encoder with CLIP's byte pairs" : "--text-encoder") + ", or --embeddings.")
    }
    let own = CategoryNames(vocabulary, ids: try CategoryNames(.cocoThings))
    guard let wanted else { return (own, vocabulary) }
    return try Self.selected(wanted, from: vocabulary, model: model)
  }

  /// An encoder for a network's names; for one that finds by text, the encoder that lies in its checkpoint.
  static func encoder(_ path: String, for model: SemanticSAM) throws(ModelError) -> any TextEncoder {
    guard model.findsByText, model.trainedVocabulary == nil else { return try TextEncoderFiles.open(path) }
    // The encoder's weights lie beside the network's; only the byte pairs are not in the checkpoint.
    let tokenizer: BytePairTokenizer
    if !Folder.isFolder(path) {
      tokenizer = try BytePairTokenizer(merges: path)
    } else if Folder.exists(path + "/merges.txt") {
      tokenizer = try BytePairTokenizer(folder: path)
    } else if Folder.exists(path + "/bpe_simple_vocab_16e6.txt.gz") {
      tokenizer = try BytePairTokenizer(merges: path + "/bpe_simple_vocab_16e6.txt.gz")
    } else {
      throw ModelError(
        .unreadableFile,
        "The folder '\(path)' holds no byte pairs, neither vocab.json with merges.txt nor bpe_simple_vocab_16e6.txt.gz; give "
          + "those of CLIP, by which the text encoder in '\(model.name)' reads.")
    }
    return try CLIPTextEncoder(checkpoint: model.checkpoint, tokenizer: tokenizer)
  }

  static func encoded(
    _ names: CategoryNames, _ text: (CategoryNames.Entry) -> String, by encode: ([String]) throws(ModelError) -> Tensor
  ) throws(ModelError) -> (names: CategoryNames, vocabulary: Vocabulary) {
    func table(_ entries: [CategoryNames.Entry]) throws(ModelError) -> Vocabulary.Table {
      let embeddings = entries.isEmpty ? Tensor(shape: [0, 0]) : try encode(entries.map(text))
      return try Vocabulary.Table(names: entries.map(\.name), embeddings: embeddings, isThing: entries.map(\.isThing))
    }
    return (names, Vocabulary(objects: try table(names.objects), parts: try table(names.parts)))
  }

  /// Those names that the weights know, with the weights' own numbers.
  static func selected(
    _ names: CategoryNames, from vocabulary: Vocabulary, model: SemanticSAM
  ) throws(ModelError) -> (names: CategoryNames, vocabulary: Vocabulary) {
    func selection(
      _ entries: [CategoryNames.Entry], _ table: Vocabulary.Table
    ) throws(ModelError) -> (entries: [CategoryNames.Entry], table: Vocabulary.Table) {
      let places = Dictionary(table.names.enumerated().map { ($1, $0) }) { first, _ in first }
      let known = entries.filter { places[$0.name] != nil }
      return (
        known,
        try Vocabulary.Table(
          names: known.map(\.name), embeddings: table.embeddings.gathered(rows: known.compactMap { places[$0.name] }),
          isThing: known.map(\.isThing))
      )
    }
    let objects = try selection(names.objects, vocabulary.objects)
    let parts = try selection(names.parts, vocabulary.parts)
    guard !objects.entries.isEmpty || !parts.entries.isEmpty else {
      throw ModelError(
        .invalidArgument,
        "The weights '\(model.name)' know none of the names by themselves; give --text-encoder or --embeddings.")
    }
    return (
      CategoryNames(objects: objects.entries, parts: parts.entries),
      Vocabulary(objects: objects.table, parts: parts.table)
    )
  }
}
