import Foundation
import SemanticSAMCore
import SemanticSAMData
import SemanticSAMDefaultModel
import SemanticSAMHeads
import SemanticSAMImages
import Testing

/// Heads on the weights that ship.
@Suite struct HeadTests {
  private static let model = Result { try SemanticSAM.load(.embedded) }

  private static func photograph(_ name: String) throws -> Image {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return try Image(contentsOf: root.appending(path: "Examples/Images/" + name).path())
  }

  private static func fitted(_ model: SemanticSAM) throws -> (
    head: ClosedFormHead, masks: [Mask], embedding: ImageEmbedding
  ) {
    let embedding = try model.encode(try photograph("coffee.png"))
    let clicks = [(300.0, 200.0), (60, 300), (285, 150), (500, 350)]
    let masks = try clicks.compactMap { try model.segment(embedding, prompt: .point($0.0, $0.1)).best?.mask }
    let features = try model.regionFeatures(of: masks, in: embedding)
    let head = try ClosedFormHead.fit(features, classes: [0, 1, 0, 1], names: ["crockery", "table"])
    return (head, masks, embedding)
  }

  @Test func aHeadIsWrittenAndRead() throws {
    let model = try Self.model.get()
    let (head, masks, embedding) = try Self.fitted(model)
    let folder = FileManager.default.temporaryDirectory.appending(path: "semantic-sam-head-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "head.safetensors").path()
    try head.write(to: path, for: model)
    let read = try ClosedFormHead(contentsOf: path, for: model)
    let features = try model.regionFeatures(of: masks, in: embedding)
    #expect(read.labels(of: features) == head.labels(of: features))
    #expect(read.labels(of: features).map { $0.objects.first?.name } == ["crockery", "table", "crockery", "table"])

    // Candidates get the head's names.
    let candidates = Array(try model.segment(embedding, prompt: .point(300, 200)))
    let named = try model.naming(candidates, in: embedding) { read.labels(of: $0) }
    #expect(named.map(\.mask) == candidates.map(\.mask))
    #expect(named.allSatisfy { $0.labels?.objects.count == 2 && $0.recognition != nil })

    // In a checkpoint with the network.
    let whole = folder.appending(path: "model.safetensors").path()
    try model.write(to: whole, heads: ["crockery": head])
    let other = try SemanticSAM.load(.file(whole))
    #expect(other.parameterCount == model.parameterCount)
    let empty = try ClosedFormHead.fit(
      Tensor((0..<864).map(Float.init), shape: [2, 432]), classes: [0, 1], names: ["crockery", "table"])
    let taken = try other.head("crockery", filling: empty)
    #expect(taken.labels(of: features) == head.labels(of: features))
    expectError(.mismatchedParameters) { try other.head("cutlery", filling: empty) }
    // A head belongs to the weights that it was fitted to.
    expectError(.mismatchedParameters) { try ClosedFormHead(contentsOf: path, for: other) }
    expectError(.malformedFile) { try ClosedFormHead(contentsOf: whole, for: model) }
  }

  @Test func headsReadQueriesAndCells() throws {
    let model = try Self.model.get()
    let embedding = try model.encode(try Self.photograph("coffee.png"))
    let queries = try model.queryFeatures(of: [Point(x: 300, y: 200), Point(x: 10, y: 10)], in: embedding)
    #expect(queries.shape == [12, model.configuration.decoder.channels])
    // A click's queries do not depend on others.
    #expect(try model.queryFeatures(of: [Point(x: 300, y: 200)], in: embedding).values == queries.rows(0..<6).values)
    #expect(try model.queryFeatures(of: [], in: embedding).shape == [0, model.configuration.decoder.channels])
    expectError(.promptOutsideImage) { try model.queryFeatures(of: [Point(x: -1, y: 0)], in: embedding) }
    let picture = try model.featurePicture(of: embedding)
    #expect(picture.width == embedding.imageWidth && picture.height == embedding.imageHeight)
    // Each channel uses its whole range.
    for channel in 0..<3 {
      let values = stride(from: channel, to: picture.pixels.count, by: 3).map { picture.pixels[$0] }
      #expect(values.min() == 0 && values.max() == 255)
    }
  }

  /// The object map that ships is such a fit: made again from the training photographs of COCO, it names the objects of
  /// the validation photographs about as well.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["SEMANTIC_SAM_SHARED"] != nil))
  func theShippedObjectMapIsFittedAgain() throws {
    let model = try Self.model.get()
    let root = ProcessInfo.processInfo.environment["SEMANTIC_SAM_SHARED"] ?? ""
    let vocabulary = try #require(model.vocabulary)
    func regions(_ dataset: COCODataset) throws -> (features: Tensor, names: [Int]) {
      var features: [Tensor] = []
      var names: [Int] = []
      for index in 0..<dataset.count {
        let sample = try dataset.sample(at: index)
        let chosen = sample.regions.filter { !$0.isCrowd && $0.area > 400 && $0.mask?.isEmpty == false }
        guard !chosen.isEmpty else { continue }
        let embedding = try model.encode(try sample.image.load())
        features.append(try model.regionFeatures(of: chosen.compactMap(\.mask), in: embedding))
        for region in chosen {
          let name = dataset.categories.objects[try #require(region.objectCategory)].name
          names.append(try #require(vocabulary.objects.names.firstIndex(of: name)))
        }
      }
      return (Tensor.concatenated(features), names)
    }
    func images(_ folder: String, _ annotations: String, _ images: String) throws -> COCODataset {
      let path = root + "/datasets/" + folder + "/"
      return try COCODataset(annotations: path + annotations, images: path + images)
    }
    let sets = [
      try regions(images("coco", "annotations/instances_train2017.json", "train2017")),
      try regions(images("extra/coco", "annotations.json", "images")),
    ]
    let train = (features: Tensor.concatenated(sets.map(\.features)), names: sets.flatMap(\.names))
    let test = try regions(images("coco", "annotations/instances_val2017.json", "val2017"))
    var counts = [Float](repeating: 0, count: vocabulary.objects.names.count)
    for name in train.names { counts[name] += 1 }
    let fit = try LinearFit(
      train.features, targets: vocabulary.objects.embeddings.gathered(rows: train.names),
      importance: train.names.map { 1 / counts[$0].squareRoot() })
    var map = Linear(inputs: 432, outputs: 384)
    map.weight.values = fit.weights
    map.bias = fit.bias
    var table = Weights(shape: vocabulary.objects.embeddings.shape)
    table.values = vocabulary.objects.embeddings
    let scores = map(test.features).normalizedRows(least: 1e-12).linear(table)
    func accuracy(_ places: [[Int]], _ count: Int) -> Double {
      let hits = zip(places, test.names).filter { $0.prefix(count).contains($1) }.count
      return Double(hits) / Double(test.names.count)
    }
    let own = (0..<test.names.count).map { row in
      let values = scores.rows(row..<row + 1).values
      return values.indices.sorted { values[$0] > values[$1] }
    }
    let shipped = try model.labels(ofRegions: test.features).map { labels in
      labels.objects.compactMap { label in vocabulary.objects.names.firstIndex(of: label.name) }
    }
    print(
      "object map: \(train.names.count) regions, top-1 \(accuracy(own, 1)), top-5 \(accuracy(own, 5)); shipped "
        + "\(accuracy(shipped, 1)), \(accuracy(shipped, 5)) of \(test.names.count), penalty \(fit.penalty)")
    #expect(accuracy(own, 1) > accuracy(shipped, 1) - 0.03)
    #expect(accuracy(own, 5) > accuracy(shipped, 5) - 0.03)
  }

  private func expectError<Value>(_ code: ModelError.Code, _ body: () throws -> Value) {
    #expect {
      _ = try body()
    } throws: { error in
      (error as? ModelError)?.code == code
    }
  }
}
