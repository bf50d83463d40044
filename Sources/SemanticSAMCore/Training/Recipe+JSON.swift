#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Recipe {
  /// Reads a recipe from JSON.
  /// - Throws: `invalidConfiguration` naming the field that is missing, of another type or out of range.
  public init(json: [UInt8], name: String) throws(ModelError) {
    do {
      self = try JSONDecoder().decode(Recipe.self, from: Data(json))
    } catch let error as DecodingError {
      throw ModelError(
        .invalidConfiguration,
        "The recipe \(ModelError.quoted(name)) cannot be used (\(Configuration.reason(error))); start from what "
          + "'semantic-sam train recipe fine-tune' prints.")
    } catch {
      throw ModelError(
        .invalidConfiguration,
        "The recipe \(ModelError.quoted(name)) is not JSON; start from what 'semantic-sam train recipe fine-tune' prints."
      )
    }
    try validate()
  }

  /// The recipe as JSON, keys sorted.
  public func json() throws(ModelError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
    guard let data = try? encoder.encode(self) else {
      throw ModelError(.invalidConfiguration, "The recipe '\(name)' has numbers that JSON has not; correct it.")
    }
    return Array(data)
  }

  /// - Throws: `invalidConfiguration` naming the first field that is out of range.
  public func validate() throws(ModelError) {
    try require((32...4096).contains(images.width), "images.width", "in 32...4096")
    try require((32...4096).contains(images.height), "images.height", "in 32...4096")
    try require(Self.isRange(images.scale), "images.scale", Self.rangeSentence)
    try require(Self.isRange(images.aspect), "images.aspect", Self.rangeSentence)
    try require((0...1).contains(images.flip), "images.flip", "in 0...1")
    try require((0...1).contains(images.color), "images.color", "in 0...1")
    try require(images.minimumArea >= 1, "images.minimumArea", "at least 1")
    try require((1...1000).contains(prompts.clicks.clickCount), "prompts.clicks.clickCount", "in 1...1000")
    try require((0...1000).contains(prompts.boxes), "prompts.boxes", "in 0...1000")
    try require((1...100).contains(prompts.clicks.targetLimit), "prompts.clicks.targetLimit", "in 1...100")
    try require(prompts.clicks.clicksPerRegion ?? 1 >= 1, "prompts.clicks.clicksPerRegion", "at least 1")
    try require((0...1).contains(prompts.noise.scale), "prompts.noise.scale", "in 0...1")
    try require((0...10).contains(prompts.noise.clickFactor), "prompts.noise.clickFactor", "in 0...10")
    if let rounds = prompts.rounds {
      try require(
        [rounds.clicks, rounds.maskOnly].allSatisfy { (0...100).contains($0) }, "prompts.rounds.clicks and .maskOnly",
        "in 0...100")
      try require((1...1000).contains(rounds.prompts), "prompts.rounds.prompts", "in 1...1000")
      try require(loss.assignment == .manyToOne, "loss.assignment", "'many-to-one' where prompts have rounds")
    }
    try require(optimizer.rate > 0 && optimizer.rate < 10, "optimizer.rate", "over 0 and below 10")
    try require(optimizer.clip > 0, "optimizer.clip", "over 0")
    try require((0...1).contains(optimizer.weightDecay), "optimizer.weightDecay", "in 0...1")
    try require(
      optimizer.groups.rules.allSatisfy { (0...1000).contains($0.rate) && (0...1000).contains($0.decay) },
      "optimizer.groups", "rules with factors in 0...1000")
    try require((0...1).contains(course.end), "course.end", "in 0...1")
    try require(course.milestones.allSatisfy { (0...1).contains($0) }, "course.milestones", "in 0...1")
    try require(course.warmUp >= 0, "course.warmUp", "at least 0")
    try require((1...1024).contains(batch), "batch", "in 1...1024")
    try require((1...100_000_000).contains(steps), "steps", "in 1...100000000")
    try require((0..<1).contains(dropPath), "dropPath", "at least 0 and below 1")
    try require((0..<1).contains(averageDecay), "averageDecay", "at least 0 and below 1")
    try validateLosses()
    try validateGeneric()
  }

  static func isRange(_ range: [Double]) -> Bool {
    range.count == 2 && range[0] > 0 && range[0] <= range[1] && range[1] <= 100
  }

  static let rangeSentence = "two factors in 0...100, the smaller first"

  /// - Throws: `invalidConfiguration` naming the field where `holds` is false.
  func require(_ holds: Bool, _ field: String, _ range: String) throws(ModelError) {
    guard holds else {
      throw ModelError(
        .invalidConfiguration, "'\(field)' of the recipe \(ModelError.quoted(name)) must be \(range); correct it.")
    }
  }

  /// Whether the parameter of a key is trained.
  func isTrained(_ key: String) -> Bool {
    !frozen.contains { key.hasPrefix($0) }
  }
}
