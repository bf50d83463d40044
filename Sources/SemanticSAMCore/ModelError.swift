/// What went wrong, in one sentence that names the thing, the value and the remedy.
public struct ModelError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kind of a failure, for programs that react to it. New kinds may be added in minor versions.
  public struct Code: RawRepresentable, Hashable, Sendable {
    public let rawValue: String

    public init(rawValue: String) {
      self.rawValue = rawValue
    }

    /// A file is missing, cannot be read or written, or ends early.
    public static let unreadableFile = Code(rawValue: "unreadable-file")
    /// A file is not of the kind it should be, or contradicts itself.
    public static let malformedFile = Code(rawValue: "malformed-file")
    /// A file or picture is larger than a limit that protects from bombs.
    public static let limitExceeded = Code(rawValue: "limit-exceeded")
    /// A configuration asks for a network that cannot be built.
    public static let invalidConfiguration = Code(rawValue: "invalid-configuration")
    /// The parameters of a checkpoint do not fit the network: missing, surplus or misshapen.
    public static let mismatchedParameters = Code(rawValue: "mismatched-parameters")
    /// A value handed to the library cannot be used.
    public static let invalidArgument = Code(rawValue: "invalid-argument")
    /// A prompt without a positive click or a box.
    public static let emptyPrompt = Code(rawValue: "empty-prompt")
    /// A click or box that does not lie in the image.
    public static let promptOutsideImage = Code(rawValue: "prompt-outside-image")
    /// The checkpoint, the file format or this build cannot do what was asked.
    public static let unsupported = Code(rawValue: "unsupported")
    /// The task was cancelled.
    public static let cancelled = Code(rawValue: "cancelled")
    /// Training came to numbers that are not finite.
    public static let diverged = Code(rawValue: "diverged")
    /// The system has no memory left.
    public static let outOfMemory = Code(rawValue: "out-of-memory")
  }

  public let code: Code
  /// One sentence: what is wrong, where, and what to do.
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }

  /// A name from a file, in quotation marks: on one line and not longer than a sentence bears, whatever the file says.
  package static func quoted(_ name: some StringProtocol) -> String {
    let limit = 120
    let shown = name.unicodeScalars.prefix(limit).map { scalar in
      scalar.properties.generalCategory == .control || scalar.properties.isWhitespace && scalar != " "
        ? "?" : String(Character(scalar))
    }
    return "'" + shown.joined() + (name.unicodeScalars.count > limit ? "..." : "") + "'"
  }
}
