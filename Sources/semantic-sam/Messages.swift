#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What the command says beside its results, on stderr.
struct Messages {
  let isQuiet: Bool

  /// One line, whatever the sentence quotes.
  static func error(_ sentence: String) {
    let line = sentence.split(whereSeparator: \.isNewline).joined(separator: " ")
    Output.say("semantic-sam: " + line + "\n")
  }

  func note(_ sentence: String) {
    if !isQuiet { Output.say(sentence + "\n") }
  }

  /// A line that shows how far a long run is, where stderr is a terminal.
  func progress(_ title: String) -> ProgressLine? {
    isQuiet || isatty(STDERR_FILENO) == 0 ? nil : ProgressLine(title: title)
  }
}
