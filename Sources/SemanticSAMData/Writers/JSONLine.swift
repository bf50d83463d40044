import SemanticSAMCore

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Results as JSON that other programs read.
enum JSONLine {
  /// One line of UTF-8 with sorted keys and a newline at its end.
  /// - Throws: `invalidArgument` where a number is not finite and JSON has no form for it.
  static func encode(_ value: some Encodable) throws(ModelError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(value) else {
      throw ModelError(
        .invalidArgument, "The result cannot be written as JSON: a number is not finite; check the predictions.")
    }
    return Array(data) + [UInt8(ascii: "\n")]
  }
}
