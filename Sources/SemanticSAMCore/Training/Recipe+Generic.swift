extension Recipe {
  /// How a network learns to find things by itself (two-stage queries: Mask DINO, OpenSeeD; section 3.3 of Semantic-SAM) and
  /// to tell objects and parts apart by name, on the data sets that have names.
  public struct Generic: Codable, Hashable, Sendable {
    /// The tokens that become queries, in a network that does not find things yet.
    public var queries: Int
    /// One-to-one matching in each layer, and what the terms count. The names of prompts count as `PromptLoss.weights` say.
    public var loss: GenericLoss
    /// Absent: none.
    public var denoising: Denoising?

    public init(queries: Int = 300, loss: GenericLoss = GenericLoss(), denoising: Denoising? = Denoising()) {
      self.queries = queries
      self.loss = loss
      self.denoising = denoising
    }
  }

  /// Queries made of true things, which the decoder is to recover (DN-DETR).
  public struct Denoising: Codable, Hashable, Sendable {
    /// Of a photograph, about: as many whole groups of its things as fit, at least one.
    public var queries: Int
    /// How far boxes are off: centres by so many half sides, sides by so many times themselves.
    public var noise: Double

    public init(queries: Int = 100, noise: Double = 0.4) {
      self.queries = queries
      self.noise = noise
    }
  }

  /// A data set's part in a mixture.
  public struct Share: Codable, Hashable, Sendable {
    /// "coco" stands for "coco_panoptic" as well: what follows an underscore is the form.
    public var dataset: String
    /// How often it is drawn, in relation to the others that are given.
    public var weight: Double
    /// In place of `images.scale`.
    public var scale: [Double]?

    public init(dataset: String, weight: Double, scale: [Double]? = nil) {
      self.dataset = dataset
      self.weight = weight
      self.scale = scale
    }

    /// Whether a data set of this name is meant.
    public func covers(_ name: String) -> Bool { name == dataset || name.hasPrefix(dataset + "_") }
  }

  /// The share of a data set in the mixture; `nil` where the recipe says nothing of it.
  public func share(of dataset: String) -> Share? { mixture?.first { $0.covers(dataset) } }

  /// What becomes of the photographs of a data set.
  public func images(of dataset: String) -> Images {
    var images = images
    if let scale = share(of: dataset)?.scale { images.scale = scale }
    return images
  }

  /// - Throws: `invalidConfiguration` naming the first field that is out of range.
  func validateGeneric() throws(ModelError) {
    if let generic {
      try require((1...4096).contains(generic.queries), "generic.queries", "in 1...4096")
      let (weights, costs) = (generic.loss.weights, generic.loss.matching.costs)
      try requireWeights(
        [weights.maskCrossEntropy, weights.dice, weights.box, weights.giou, weights.objects, weights.parts],
        "generic.loss.weights")
      try requireWeights(
        [costs.classification, costs.maskCrossEntropy, costs.dice, costs.box, costs.giou], "generic.loss.matching")
      try validate(generic.loss.matchPoints, "generic.loss.matchPoints")
      try validate(generic.loss.points, "generic.loss.points")
      if let denoising = generic.denoising {
        try require((1...4096).contains(denoising.queries), "generic.denoising.queries", "in 1...4096")
        try require((0...1).contains(denoising.noise), "generic.denoising.noise", "in 0...1")
      }
    }
    guard let mixture else { return }
    try require(
      !mixture.isEmpty && Set(mixture.map(\.dataset)).count == mixture.count
        && !mixture.contains { $0.dataset.isEmpty },
      "mixture", "a list of data sets, each once")
    for share in mixture {
      try require(share.weight > 0 && share.weight < 1e6, "mixture.\(share.dataset).weight", "over 0 and below 1000000")
      if let scale = share.scale {
        try require(Self.isRange(scale), "mixture.\(share.dataset).scale", Self.rangeSentence)
      }
    }
  }
}
