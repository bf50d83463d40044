import ArgumentParser

/// What is wrong with a call, in one sentence, made of the argument parser's text, which may have several lines.
struct UsageSentence {
  let text: String

  init(_ message: String, arguments: [String], subcommands: [String]) {
    // Sentences of this command say what to do by themselves.
    guard !message.hasSuffix(".") else {
      text = message
      return
    }
    let subcommand = arguments.first.flatMap { subcommands.contains($0) ? $0 : nil }
    let help = (["semantic-sam", subcommand].compactMap(\.self) + ["--help"]).joined(separator: " ")
    var what = message
    if let name = arguments.first, subcommand == nil, !name.hasPrefix("-") {
      what = "There is no subcommand '\(name)'"
    } else if let option = Self.optionWithoutValue(arguments) {
      what = "Missing value for '\(option)'"
    }
    // A second guess, or a list of what would be right, stands on lines of its own.
    for beginning in ["\n   or: ", ".\nPlease use "] {
      if let range = what.range(of: beginning) { what = String(what[..<range.lowerBound]) }
    }
    if what.hasSuffix("?"), let range = what.range(of: ". Did you mean ") {
      what = what[..<range.lowerBound] + " (did you mean " + what[range.upperBound...] + ")"
    }
    text = what + "; see \(help)."
  }

  /// Refuses to explain a subcommand that does not exist.
  static func checkHelp(_ arguments: [String], subcommands: [String]) throws {
    guard arguments.first == "help" else { return }
    // What stands below a subcommand is the parser's to judge.
    if let unknown = arguments.dropFirst().first(where: { !$0.hasPrefix("-") }), !subcommands.contains(unknown) {
      throw ValidationError("There is no subcommand '\(unknown)' to explain; see semantic-sam --help.")
    }
  }

  /// An option of coordinates, which may begin with a minus sign, with another option in place of its value.
  private static func optionWithoutValue(_ arguments: [String]) -> String? {
    zip(arguments, arguments.dropFirst()).first { option, value in
      ["--point", "--negative-point", "--box"].contains(option) && value.hasPrefix("--")
    }?.0
  }
}
