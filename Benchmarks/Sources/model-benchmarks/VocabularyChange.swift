import SemanticSAMCore

/// Another vocabulary for regions of an encoded image: 1,000 names by their embeddings, ten regions.
struct VocabularyChange {
  private let model: SemanticSAM
  private let names = (0..<1000).map { "name \($0)" }
  private let embeddings: Tensor
  private let regions: Tensor

  init(_ model: SemanticSAM) throws {
    self.model = model
    var generator = SystemRandomNumberGenerator()
    func numbers(_ count: Int) -> [Float] { (0..<count).map { _ in Float.random(in: -1...1, using: &generator) } }
    let dimension = model.configuration.names?.textDimension ?? 0
    embeddings = Tensor(numbers(names.count * dimension), shape: [names.count, dimension])
    regions = Tensor(numbers(10 * model.regionFeatureCount), shape: [10, model.regionFeatureCount])
  }

  func run() throws {
    guard let parts = model.vocabulary?.parts else { return }
    let objects = try Vocabulary.Table(names: names, embeddings: embeddings)
    _ = try model.labels(ofRegions: regions, vocabulary: Vocabulary(objects: objects, parts: parts))
  }
}
