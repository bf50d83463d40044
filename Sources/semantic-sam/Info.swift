import ArgumentParser
import Foundation
import SemanticSAMCore
import SemanticSAMDefaultModel
import TensorKernels

struct Info: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Describes weights: configuration, parameters, metadata, checksum.",
    discussion: "The metadata say what the weights were trained on, under which terms, and how good they are.")

  @Argument(help: ArgumentHelp("A safetensors file, or 'default': the built-in weights.", valueName: "file"))
  var file: String

  @Flag(help: "Print JSON.")
  var json = false

  /// What is printed as JSON: see Docs/JSON.md.
  private struct Document: Encodable {
    var file: String
    var sha256: String
    var tensors: Int
    var parameters: Int
    var types: [String: Int]
    var configuration: Configuration?
    var metadata: [String: String]
    var instructionSet: String
    var threads: Int

    enum CodingKeys: String, CodingKey {
      case file, sha256, tensors, parameters, types, configuration, metadata, threads
      case instructionSet = "instruction_set"
    }
  }

  func run() throws {
    let source = file == "default" ? ModelSource.embedded : .file(file)
    let weights = try source.open()
    let configuration = try weights.metadata["configuration"].map { try Configuration(json: $0) }
    let document = Document(
      file: source.name, sha256: weights.checksum, tensors: weights.entries.count,
      parameters: weights.entries.values.reduce(0) { $0 + $1.count },
      types: Dictionary(weights.entries.values.map { ($0.type.rawValue, $0.count) }, uniquingKeysWith: +),
      configuration: configuration, metadata: weights.metadata.filter { $0.key != "configuration" },
      instructionSet: String(cString: tk_isa_name(tk_current_isa())), threads: Int(tk_thread_count()))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
    if json {
      Output.write(Array(try encoder.encode(document)) + [UInt8(ascii: "\n")])
      return
    }
    var lines = [
      "file             \(document.file)", "sha256           \(document.sha256)",
      "parameters       \(document.parameters) in \(document.tensors) tensors ("
        + document.types.sorted { $0.key < $1.key }.map { "\($0.value) as \($0.key)" }.joined(separator: ", ") + ")",
      "instruction set  \(document.instructionSet), \(document.threads) threads",
    ]
    lines += document.metadata.sorted { $0.key < $1.key }.map { "metadata         \($0.key): \($0.value)" }
    if let configuration {
      lines.append("configuration    " + String(decoding: try encoder.encode(configuration), as: UTF8.self))
    }
    Output.write(Array((lines.joined(separator: "\n") + "\n").utf8))
  }
}
