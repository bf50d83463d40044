import SemanticSAMCore
import Testing

/// Expects a refusal: one sentence on one line, with a code.
/// - Returns: the message, to look at further.
@discardableResult
func expectRefusal<Result>(
  _ code: ModelError.Code, containing part: String = "", sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () throws -> Result
) -> String {
  do {
    _ = try body()
    Issue.record("Nothing was refused.", sourceLocation: sourceLocation)
    return ""
  } catch let error as ModelError {
    #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
    #expect(part.isEmpty || error.message.contains(part), "\(error)", sourceLocation: sourceLocation)
    #expect(error.message.hasSuffix("."), "\(error)", sourceLocation: sourceLocation)
    #expect(!error.message.contains { $0.isNewline }, "\(error)", sourceLocation: sourceLocation)
    #expect(error.message.count < 1200, "\(error)", sourceLocation: sourceLocation)
    return error.message
  } catch {
    Issue.record("Not a ModelError: \(error)", sourceLocation: sourceLocation)
    return ""
  }
}
