import Testing

@testable import SemanticSAMCore

/// Both classifiers together: what a mask is, vocabularies of one's own, texts.
struct RecognitionTests {
  private let car = Label(name: "car", probability: 0.6)
  private let wheel = Label(name: "wheel", probability: 0.9)

  private func candidate(_ x: Range<Int>, objects: [Label], parts: [Label]) throws -> Candidate {
    let bitmap = (0..<200).map { x.contains($0 % 20) ? UInt8(1) : 0 }
    return Candidate(
      mask: try Mask(width: 20, height: 10, bitmap: bitmap), granularity: .whole, predictedIoU: 1,
      labels: Labels(objects: objects, parts: parts))
  }

  @Test func partsBelongToTheObjectTheyLieIn() throws {
    let whole = try candidate(0..<20, objects: [car], parts: [wheel])
    let part = try candidate(2..<8, objects: [car], parts: [wheel])
    func recognised(_ candidates: [Candidate], threshold: Float = 0.3) throws -> [Recognition?] {
      try DisplayNames.chosen(for: candidates, threshold: threshold).map(\.recognition)
    }
    #expect(try recognised([whole, part]) == [.object(car), .partOfObject(part: wheel, object: car)])
    #expect(try recognised([part]) == [.object(car)])
    // Nothing in it is recognised as an object: a part of something.
    let strange = try candidate(0..<20, objects: [Label(name: "car", probability: 0.2)], parts: [])
    #expect(try recognised([strange, part]) == [.unknown, .part(wheel)])
    // The most probable object that it lies in.
    let truck = Label(name: "truck", probability: 0.7)
    let other = try candidate(0..<18, objects: [truck], parts: [])
    #expect(try recognised([whole, other, part])[2] == .partOfObject(part: wheel, object: truck))
    #expect(try recognised([whole, part], threshold: 0.65) == [.unknown, .part(wheel)])
    #expect(try recognised([whole, part], threshold: 0.95) == [.unknown, .unknown])
    #expect(Recognition.partOfObject(part: wheel, object: car).description == "wheel of car")
    #expect(Recognition.unknown.description == "unknown" && Recognition.unknown.part == nil)
    #expect(Recognition.partOfObject(part: wheel, object: car).object == car)
  }

  @Test func textsNameAThingAndItsOwner() throws {
    for (text, thing, owner): (String, String, String?) in [
      ("dog", "dog", nil), ("  The Dog. ", "dog", nil), ("wheel of the car", "wheel", "car"),
      ("the front wheel of a red  car", "front wheel", "red car"), ("the dog's ear", "ear", "dog"),
      ("dog’s left ear", "left ear", "dog"), ("of", "of", nil), ("piece of", "piece of", nil),
    ] {
      let phrase = try TextPhrase(text)
      #expect(phrase.thing == thing && phrase.owner == owner, "\(text)")
    }
    for text in ["", "  ", "the", "...", "the of the"] {
      expectRefusal(.emptyPrompt) { try TextPhrase(text) }
    }
  }

  @Test func textFindsTheCat() throws {
    let model = try TestModels.model()
    let embedding = try TestModels.embedding("chelsea.png")
    var options = SegmentOptions()
    options.textSearch.pointsPerSide = 8
    let prompts = [Prompt.text("the cat"), .point(200, 150), .text("kite")]
    let answers = try model.segment(embedding, prompts: prompts, options: options)
    #expect(answers.count == 3)
    let best = try #require(answers[0].best)
    // The cat fills most of the photograph; its face is in the middle.
    #expect(best.mask.contains(x: 225, y: 150) && best.area > 20_000)
    #expect(best.displayName?.name == "cat")
    #expect(best.recognition?.object?.name == "cat")
    #expect(answers[0].allSatisfy { $0.displayName?.probability ?? 0 >= 0.3 })
    #expect(try Fingerprint(answers[1]) == Fingerprint(model.segment(embedding, prompt: .point(200, 150))))
    // There is no kite: the nearest thing, and that it is unknown.
    #expect(answers[2].count == 1 && answers[2].best?.recognition == .unknown)
    expectRefusal(.invalidArgument, containing: "'zeppelin'") {
      try model.segment(embedding, prompt: .text("zeppelin"), options: options)
    }
    expectRefusal(.emptyPrompt) { try model.segment(embedding, prompt: .text(" "), options: options) }
    var mixed = Prompt.point(1, 1)
    mixed.text = "cat"
    expectRefusal(.invalidArgument) { try model.segment(embedding, prompt: mixed, options: options) }
  }

  /// Takes a name's embedding from the built-in vocabulary under another name.
  private struct OtherNames: TextEncoder {
    let table: Vocabulary.Table
    let meanings: [String: String]
    var dimension: Int { 384 }
    let identity = "test"

    func embeddings(of texts: [String]) throws(ModelError) -> Tensor {
      try table.selecting(texts.map { meanings[$0] ?? $0 }).embeddings
    }
  }

  @Test func encodersAddWords() throws {
    let model = try TestModels.model()
    let embedding = try TestModels.embedding("chelsea.png")
    let builtIn = try #require(model.vocabulary)
    let encoder = OtherNames(table: builtIn.objects, meanings: ["kitty": "cat", "vehicle": "car"])
    let vocabulary = try Vocabulary(objects: ["kitty", "vehicle"], encodedBy: encoder)
    #expect(vocabulary.objects.names == ["kitty", "vehicle"] && vocabulary.parts.names.isEmpty)
    let best = try #require(
      try model.segment(embedding, prompt: .point(225, 150), options: SegmentOptions(vocabulary: vocabulary)).best)
    #expect(best.labels?.objects.first?.name == "kitty")
    #expect(best.recognition?.object?.name == "kitty")

    var options = SegmentOptions(textEncoder: encoder)
    options.textSearch.pointsPerSide = 6
    // Cat and kitty share their probability, so the threshold of one is halved.
    options.confidenceThreshold = 0.15
    let found = try #require(try model.segment(embedding, prompt: .text("kitty"), options: options).best)
    #expect(found.mask.contains(x: 225, y: 150))
    for names in [[" "], ["cat", "cat"], [""]] {
      expectRefusal(.invalidArgument) { try Vocabulary(objects: names, encodedBy: encoder) }
    }
    expectRefusal(.invalidArgument, containing: "'zebra2'") { try builtIn.objects.selecting(["zebra2"]) }
  }

  /// The features of regions are what the labels of candidates come from.
  @Test func regionsAreNamedWithoutTheImage() throws {
    let model = try TestModels.model()
    let embedding = try TestModels.embedding("coffee.png")
    let masks = try model.automaticMasks(embedding, options: Self.coarse)
    #expect(!masks.isEmpty)
    let features = try model.regionFeatures(of: masks.map(\.mask), in: embedding)
    #expect(features.shape == [masks.count, 432] && model.regionFeatureCount == 432)
    let labels = try model.labels(ofRegions: features)
    for (labels, mask) in zip(labels, masks) {
      #expect(labels.objects.first?.name == mask.labels?.objects.first?.name)
      #expect(labels.parts.count == 5)
    }
    #expect(try model.regionFeatures(of: [], in: embedding).shape == [0, 432])
    #expect(try model.labels(ofRegions: features.rows(0..<0)) == [])
    let dense = try model.denseFeatures(of: embedding)
    #expect(dense.shape == [embedding.inputSize.paddedHeight / 16, embedding.inputSize.paddedWidth / 16, 432])
    expectRefusal(.invalidArgument) { try model.labels(ofRegions: Tensor(repeating: 0, shape: [1, 3])) }
    let small = try Mask(width: 2, height: 2, bitmap: [1, 1, 1, 1])
    expectRefusal(.invalidArgument) { try model.regionFeatures(of: [small], in: embedding) }
  }

  /// An image that is encoded gives the masks of the image.
  @Test func automaticMasksOfAnEmbeddingAreThoseOfTheImage() throws {
    let model = try TestModels.model()
    let image = try TestModels.photograph("coffee.png")
    let own = try model.automaticMasks(image, options: Self.coarse)
    let other = try model.automaticMasks(try TestModels.embedding("coffee.png"), options: Self.coarse)
    #expect(own.map(\.mask) == other.map(\.mask) && own.map(\.labels) == other.map(\.labels))
    var crops = Self.coarse
    crops.cropLayers = 1
    expectRefusal(.invalidArgument) {
      try model.automaticMasks(try TestModels.embedding("coffee.png"), options: crops)
    }
  }

  private static var coarse: AutomaticMaskOptions {
    var options = AutomaticMaskOptions()
    options.pointsPerSide = 4
    return options
  }
}
