import ArgumentParser
import SemanticSAMCore
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
  var confidence: Float = 0.3

  func validate() throws {
    guard confidence >= 0, confidence <= 1 else {
      throw ValidationError("--confidence \(confidence) is not a probability; give a number from 0 to 1.")
    }
    guard textCache == nil || textEncoder != nil else {
      throw ValidationError("--text-cache keeps what a text encoder computed; give --text-encoder too.")
    }
    guard head == nil || objects == nil && parts == nil else {
      throw ValidationError("--head brings its own names; give it, or --objects and --parts.")
    }
  }

  /// Whether an option asks for other names than the built-in ones.
  var areGiven: Bool { objects != nil || parts != nil || head != nil || textEncoder != nil }

  func encoder() throws(ModelError) -> (any TextEncoder)? {
    guard let textEncoder else { return nil }
    let encoder = try TextEncoderFiles.open(textEncoder)
    guard let textCache else { return encoder }
    return try TextEncoderCache(encoder, folder: textCache)
  }

  /// The names to use; `nil` without options, or where the weights name nothing.
  func vocabulary(for model: SemanticSAM, encoder: (any TextEncoder)?) throws -> Vocabulary? {
    guard objects != nil || parts != nil else { return nil }
    guard let builtIn = model.vocabulary else {
      throw ModelError(
        .unsupported, "The weights '\(model.name)' name nothing; use weights that do, without --objects and --parts.")
    }
    func table(_ names: String?, _ table: Vocabulary.Table) throws -> Vocabulary.Table {
      guard let names else { return table }
      let list = try Self.list(names)
      guard let encoder else { return try table.selecting(list) }
      return try Vocabulary.Table(names: list, encodedBy: encoder)
    }
    return Vocabulary(objects: try table(objects, builtIn.objects), parts: try table(parts, builtIn.parts))
  }

  /// The candidates with the names of `--head`, or unchanged without it.
  func naming(
    _ candidates: [Candidate], in embedding: ImageEmbedding, _ model: SemanticSAM
  ) throws(ModelError) -> [Candidate] {
    guard let head else { return candidates }
    let fitted = try ClosedFormHead(contentsOf: head, for: model)
    return try model.naming(candidates, in: embedding, threshold: confidence) { fitted.labels(of: $0) }
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
