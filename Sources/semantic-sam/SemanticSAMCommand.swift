import ArgumentParser
import SemanticSAMCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The command `semantic-sam`. Results go to stdout, messages to stderr; an error is one sentence and an exit code: 64 for
/// a call that is wrong in itself, 1 for everything else.
@main
struct SemanticSAMCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "semantic-sam",
    abstract: "Segments and names what you point at in a photograph, at six granularities.",
    version: "0.1.0",
    subcommands: [Segment.self, Evaluate.self, Info.self])

  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      let code = exitCode(for: error)
      guard !code.isSuccess else {
        print(fullMessage(for: error))
        return
      }
      Messages.error(sentence(for: error))
      Self.exit(withExitCode: code)
    }
  }

  private static func exit(withExitCode code: ExitCode) -> Never {
    #if canImport(Darwin)
      Darwin.exit(code.rawValue)
    #elseif canImport(Glibc)
      Glibc.exit(code.rawValue)
    #elseif canImport(Musl)
      Musl.exit(code.rawValue)
    #endif
  }

  /// What is wrong, in one line.
  private static func sentence(for error: any Error) -> String {
    if let error = error as? ModelError { return error.message }
    let text = message(for: error).split(whereSeparator: \.isNewline).map(String.init).joined(separator: " ")
    return text.hasSuffix(".") ? text : text + "; see semantic-sam --help."
  }
}
