import SemanticSAMCore
import SemanticSAMData
import Testing

@Suite struct BSDS500Tests {
  struct Expected: Decodable {
    struct Annotator: Decodable {
      var labels: Int
      var area: [Int]
    }
    var size: [Int]
    var annotators: [Annotator]
  }

  /// The expected areas were read from the .mat files with SciPy.
  @Test(.enabled(if: ReaderData.hasShared), arguments: ["train", "val"])
  func areasOfAllAnnotators(split: String) throws {
    let root = try ReaderData.sharedPath("bsds500")
    let expected: [String: Expected] = try ReaderData.json("\(root)/\(split)_expected.json")
    let dataset = try BSDS500(at: root, split: split)
    #expect(dataset.count == expected.count)
    for sample in try dataset.samples() {
      let truth = try #require(expected[sample.image.id])
      #expect([sample.image.height, sample.image.width] == truth.size)
      #expect(sample.regions.map { $0.mask?.area ?? 0 } == truth.annotators.flatMap(\.area))
      #expect(
        sample.regions.map(\.id)
          == truth.annotators.enumerated().flatMap { place, annotator in
            (1...annotator.labels).map { Int64(place) * 100_000 + Int64($0) }
          })
      #expect(sample.regions.allSatisfy { $0.kind == .unlabelled && $0.objectCategory == nil })
    }
  }
}
