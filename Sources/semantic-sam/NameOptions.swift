import ArgumentParser
import SemanticSAMCore
import SemanticSAMData
import SemanticSAMHeads
import SemanticSAMText

/// What masks can be called; the same for every subcommand that names them.
struct NameOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Names of objects to tell apart, as in \"dog,cat\", or @file with a name a line. Without --text-encoder, built-in "
        + "ones.",
      valueName: "names"))
  var objects: String?

  @Option(help: ArgumentHelp("Names of parts of objects, in the same form.", valueName: "names"))
  var parts: String?

  @Option(
    help: ArgumentHelp(
      "Names of objects and of parts in one: a JSON file (a list, or objects, stuff and parts), or one of "
        + CategoryNames.builtIn.map(\.name).joined(separator: ", ") + ".",
      valueName: "file.json|name"),
    completion: .file(extensions: ["json"]))
  var vocabulary: String?

  @Option(
    help: ArgumentHelp(
      "A text encoder for names of your own: the folder of all-MiniLM-L6-v2, or a file of embeddings.",
      valueName: "path"
    ))
  var textEncoder: String?

  @Option(
    help: ArgumentHelp("Keep what the text encoder computed in this folder, for the next call.", valueName: "folder"),
    completion: .directory)
  var textCache: String?

  @Option(
    help: ArgumentHelp("Names by a head that 'semantic-sam fit' made.", valueName: "file"),
    completion: .file(extensions: ["safetensors"]))
  var head: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Call a mask unknown whose best name is less probable.", valueName: "0...1"))
  var confidence: Float = NameOptions.usualConfidence

  private static let usualConfidence: Float = 0.3

  func validate() throws {
    guard confidence >= 0, confidence <= 1 else {
      throw ValidationError("--confidence \(confidence) is not a probability; give a number from 0 to 1.")
    }
    guard textCache == nil || textEncoder != nil else {
      throw ValidationError("--text-cache keeps what a text encoder computed; give --text-encoder too.")
    }
    guard head == nil || objects == nil && parts == nil && vocabulary == nil else {
      throw ValidationError("--head brings its own names; give it, or --objects and --parts, or --vocabulary.")
    }
    guard vocabulary == nil || objects == nil && parts == nil else {
      throw ValidationError("--vocabulary has objects and parts; give it, or --objects and --parts.")
    }
  }

  /// The files that are read.
  var inputs: [String] {
    let isFile = vocabulary.map { name in !CategoryNames.builtIn.contains { $0.name == name } } ?? false
    return [head, textEncoder, isFile ? vocabulary : nil].compactMap(\.self)
  }

  /// Whether an option asks for other names than the built-in ones.
  var areGiven: Bool { objects != nil || parts != nil || vocabulary != nil || head != nil }

  /// Reads and encodes the names.
  func resolved(for model: SemanticSAM) throws -> Naming {
    let encoder = try encoder(for: model)
    let vocabulary = try vocabulary(for: model, encoder: encoder)
    let head = try head.map { try ClosedFormHead(contentsOf: $0, for: model) }
    var identity: [String] = []
    if confidence != NameOptions.usualConfidence { identity.append("confidence \(confidence)") }
    if let head = self.head { identity.append("head " + (try Checkpoint(contentsOf: head).checksum)) }
    if let encoder { identity.append("encoder " + encoder.identity) }
    if let vocabulary { identity.append("names \(vocabulary.objects.names) \(vocabulary.parts.names)") }
    let bytes = Array(identity.joined(separator: "\n").utf8)
    return Naming(
      vocabulary: vocabulary, encoder: encoder, head: head, confidence: confidence,
      identity: identity.isEmpty ? nil : bytes.withUnsafeBytes { SHA256.hexDigest(of: $0) })
  }

  private func encoder(for model: SemanticSAM) throws(ModelError) -> (any TextEncoder)? {
    guard let textEncoder else { return nil }
    let encoder = try VocabularyOptions.encoder(textEncoder, for: model)
    guard let textCache else { return encoder }
    return try TextEncoderCache(encoder, folder: textCache)
  }

  /// The names to use; `nil` without options.
  private func vocabulary(for model: SemanticSAM, encoder: (any TextEncoder)?) throws -> Vocabulary? {
    guard objects != nil || parts != nil || vocabulary != nil else { return nil }
    guard let builtIn = model.vocabulary else {
      throw ModelError(
        .unsupported,
        "The weights '\(model.name)' name nothing; use weights that do, without options for names.")
    }
    if let vocabulary {
      let names = try VocabularyOptions.names(vocabulary)
      guard let encoder else { return try VocabularyOptions.selected(names, from: builtIn, model: model).vocabulary }
      return try VocabularyOptions.encoded(names, \.text) { texts throws(ModelError) in
        try encoder.classEmbeddings(of: texts)
      }.vocabulary
    }
    func table(_ names: String?, _ table: Vocabulary.Table) throws -> Vocabulary.Table {
      guard let names else { return table }
      let list = try Self.list(names)
      guard let encoder else { return try table.selecting(list) }
      return try Vocabulary.Table(names: list, encodedBy: encoder)
    }
    return Vocabulary(objects: try table(objects, builtIn.objects), parts: try table(parts, builtIn.parts))
  }

  /// "a, b" or the lines of "@file".
  private static func list(_ text: String) throws(ModelError) -> [String] {
    var parts = text.split(separator: ",", omittingEmptySubsequences: false)
    if text.hasPrefix("@") {
      let bytes = try FileBytes.read(String(text.dropFirst()), limit: 1 << 24)
      parts = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
    }
    return parts.map { part in
      String(part.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
  }
}
