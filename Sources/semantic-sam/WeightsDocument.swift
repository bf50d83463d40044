import Foundation
import SemanticSAMCore
import TensorKernels

/// What `info --json` prints: see Docs/JSON.md and Docs/info.schema.json.
struct WeightsDocument: Encodable {
  var file: String
  var sha256: String
  var tensors: Int
  var parameters: Int
  /// Parameters of each part of the network, by the beginning of their tensors' names.
  var parts: [String: Int]
  /// Parameters of each number type.
  var types: [String: Int]
  /// `nil` where the file does not say which network it belongs to.
  var configuration: Configuration?
  /// All other metadata.
  var metadata: [String: String]
  var instructionSet: String
  var threads: Int

  enum CodingKeys: String, CodingKey {
    case file, sha256, tensors, parameters, parts, types, configuration, metadata, threads
    case instructionSet = "instruction_set"
  }

  init(_ weights: Checkpoint, name: String) throws(ModelError) {
    file = name
    sha256 = weights.checksum
    tensors = weights.entries.count
    parameters = weights.entries.values.reduce(0) { $0 + $1.count }
    parts = Dictionary(weights.entries.map { (Self.part(of: $0), $1.count) }, uniquingKeysWith: +)
    types = Dictionary(weights.entries.values.map { ($0.type.rawValue, $0.count) }, uniquingKeysWith: +)
    if let json = weights.metadata["configuration"] { configuration = try Configuration(json: json) }
    metadata = weights.metadata.filter { $0.key != "configuration" }
    instructionSet = String(cString: tk_isa_name(tk_current_isa()))
    threads = Int(tk_thread_count())
  }

  /// "backbone" for the tensor "model.backbone.stem.weight".
  private static func part(of tensor: String) -> String {
    let components = tensor.split(separator: ".").map(String.init)
    return (components.first == "model" ? components.dropFirst() : components[...]).first ?? tensor
  }

  func encoded() throws -> [UInt8] {
    Array(try Self.encoder(.prettyPrinted).encode(self)) + [UInt8(ascii: "\n")]
  }

  /// A JSON encoder with a stable order.
  static func encoder(_ formatting: JSONEncoder.OutputFormatting = []) -> JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = formatting.union([.sortedKeys, .withoutEscapingSlashes])
    return encoder
  }
}
