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
    abstract: "Segment and name what you point at in a photograph, at six granularities.",
    discussion: """
      Results go to standard output, messages to standard error. The exit code is 0, 64 for a wrong call, or 1.
      Completions for a shell: semantic-sam --generate-completion-script bash
      """,
    version: "0.1.0",
    subcommands: [
      Segment.self, Generate.self, Panoptic.self, Instances.self, Semantic.self, Parts.self, Fit.self, Train.self,
      Evaluate.self, DatasetCommand.self, Convert.self, Info.self,
    ])

  /// Runs without a subcommand only.
  func run() throws {
    throw ValidationError(
      "There is no subcommand; give segment, generate, panoptic, instances, semantic, parts, fit, train, evaluate, dataset, "
        + "convert or info, and see semantic-sam --help."
    )
  }

  static func main() {
    // A file beyond the limit of `ulimit -f` is an error with a sentence, not the end of the program.
    signal(SIGXFSZ, SIG_IGN)
    let arguments = Array(CommandLine.arguments.dropFirst())
    var code: ExitCode
    var sentence: String
    do {
      try UsageSentence.checkHelp(arguments, subcommands: subcommandNames)
      var command = try parseAsRoot(arguments)
      try command.run()
      return
    } catch let error as ModelError {
      (code, sentence) = (.failure, error.message)
    } catch {
      code = exitCode(for: error)
      sentence = message(for: error)
      if code.isSuccess {
        // Help, version and completions come as errors that are none.
        do throws(ModelError) {
          return try Output.write(Array((sentence + "\n").utf8))
        } catch {
          (code, sentence) = (.failure, error.message)
        }
      } else {
        sentence = UsageSentence(sentence, arguments: arguments, subcommands: subcommandNames).text
      }
    }
    Messages.error(sentence)
    Self.exit(withExitCode: code)
  }

  private static var subcommandNames: [String] {
    configuration.subcommands.map { $0.configuration.commandName ?? "\($0)".lowercased() }
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
}
