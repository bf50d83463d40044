import SemanticSAMCore
import SemanticSAMDrawing
import Testing

struct CaptionTests {
  @Test(arguments: [
    (Float(0.8712), "0.87"), (0.994, "0.99"), (0.996, "1.00"), (0, "0.00"), (0.05, "0.05"), (-0.25, "-0.25"),
    (1.5, "1.50"),
    (.nan, "–"), (.infinity, "–"), (1e30, "–"),
  ])
  func numbersHaveTwoPlaces(value: Float, text: String) {
    #expect(Caption.twoPlaces(value) == text)
  }

  @Test(arguments: [
    (Float(0.7412), "74\u{a0}%"), (0, "0\u{a0}%"), (0.001, "<1\u{a0}%"), (0.006, "1\u{a0}%"), (1, "100\u{a0}%"),
    (.nan, "–\u{a0}%"),
  ])
  func sharesArePercent(value: Float, text: String) {
    #expect(Caption.percent(value) == text)
  }

  @Test func aCandidateIsNamedWhereItHasAName() throws {
    let named = Caption(try Scene.candidate(width: 2, height: 2, level: 3, name: "dog") { _, _ in true })
    #expect([named.name, named.probability, named.level, named.stability] == ["dog", " 74\u{a0}%", "level 3", "0.90"])
    let nameless = Caption(try Scene.candidate(width: 2, height: 2) { _, _ in true })
    #expect(nameless.name == nil && nameless.probability.isEmpty)
  }
}
