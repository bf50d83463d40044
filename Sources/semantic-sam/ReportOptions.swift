import ArgumentParser
import Foundation
import SemanticSAMCore

/// Where a result goes: a table for people, JSON for programs.
struct ReportOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The result as JSON; - writes to standard output.", valueName: "file"))
  var json: String?

  @Flag(help: "Say nothing on standard error but errors.")
  var quiet = false

  var messages: Messages { Messages(isQuiet: quiet) }

  /// The table to standard output and the JSON to its file, or the JSON alone where it goes to standard output.
  func write(_ result: some Encodable, table: String) throws {
    if let json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
      let bytes = Array(try encoder.encode(result)) + [UInt8(ascii: "\n")]
      guard json != "-" else {
        try Output.write(bytes)
        return
      }
      try AtomicFile.write(bytes, to: json)
      messages.note("Wrote \(json).")
    }
    try Output.write(Array(table.utf8))
  }
}
