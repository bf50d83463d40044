import Testing

struct ErrorTests {
  @Test func missingFileIsOneSentence() throws {
    let outcome = try Command.run(["segment", "missing.jpg", "--point", "1,1"])
    #expect(outcome.code == 1)
    #expect(outcome.output.isEmpty)
    #expect(outcome.error == "semantic-sam: There is no file 'missing.jpg'; check the path.\n")
  }
}
