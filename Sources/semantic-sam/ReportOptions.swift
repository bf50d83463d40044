import ArgumentParser
import Foundation
import SemanticSAMCore

/// Where a result goes: a table for people, JSON for programs.
struct ReportOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The numbers as JSON; - writes it to standard output, without the table.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var json: String?

  @Flag(help: "Write nothing but errors to standard error.")
  var quiet = false

  var messages: Messages { Messages(isQuiet: quiet) }

  func validate() throws {
    if json == "" {
      throw ValidationError("--json has an empty path; give the path of a file, or - for standard output.")
    }
  }

  /// Refuses a file that cannot be written, before any work.
  func check() throws {
    if let json, json != "-" { try FileIdentity.checkWritable(json) }
  }

  /// The table to standard output and the JSON to its file, or the JSON alone where it goes to standard output.
  func write(json document: [UInt8], table: String) throws(ModelError) {
    if let json, json != "-" {
      try AtomicFile.write(document, to: json)
      messages.note("Wrote \(json).")
    }
    try Output.write(json == "-" ? document : Array(table.utf8))
  }

  /// The same with a result that is JSON by its own form.
  func write(_ result: some Encodable, table: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try write(json: Array(try encoder.encode(result)) + [UInt8(ascii: "\n")], table: table)
  }
}
