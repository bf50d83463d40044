#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// How a network is trained: everything but the data and the place of the results.
///
/// A recipe is JSON; `Recipe.presets` has those that come with the library (Docs/Training.md describes each field). All
/// lengths of time count optimiser steps.
public struct Recipe: Codable, Hashable, Sendable {
  public var name: String
  /// The network where none is given to start from: "default", "tiny", "swinT" or "swinL".
  public var network: String
  public var images: Images
  public var prompts: Prompts
  public var matching: Matching
  public var losses: Losses
  public var optimizer: Optimizer
  public var schedule: Schedule
  /// Photographs a step, gradients added.
  public var batch: Int
  /// Optimiser steps of the whole run.
  public var steps: Int
  /// Parameters whose keys begin so stay as they are.
  public var frozen: [String]
  /// The backbone's largest probability of leaving out a block's branch; it rises linearly from 0 over the blocks (Huang et
  /// al., 2016). For Swin only.
  public var dropPath: Float
  /// The weight of the past in the moving average of the parameters, which is what is evaluated and kept; 0: none.
  public var averageDecay: Float
  /// Whether the activations inside the backbone's blocks are computed twice instead of being kept.
  public var savesMemory: Bool

  /// What becomes of a photograph before the network sees it.
  public struct Images: Codable, Hashable, Sendable {
    /// The size that photographs are cut to, in pixels.
    public var width: Int
    public var height: Int
    /// The photograph is scaled to fit that size, times a factor from this range (uniform in its logarithm).
    public var scale: [Double]
    /// Width to height changes by a factor from this range; `[1, 1]`: never.
    public var aspect: [Double]
    /// The probability of a mirrored photograph.
    public var flip: Double
    /// Brightness, contrast and saturation change by up to this share; 0: never.
    public var color: Double
    /// Regions of fewer pixels are left out after the change.
    public var minimumArea: Int

    public init(
      width: Int, height: Int, scale: [Double], aspect: [Double] = [1, 1], flip: Double = 0.5, color: Double = 0,
      minimumArea: Int = 1
    ) {
      self.width = width
      self.height = height
      self.scale = scale
      self.aspect = aspect
      self.flip = flip
      self.color = color
      self.minimumArea = minimumArea
    }
  }

  /// What is asked about a photograph.
  public struct Prompts: Codable, Hashable, Sendable {
    /// How the pixels of clicks are chosen.
    public enum Placement: String, Codable, Sendable {
      /// Any pixel of the mask (the reference).
      case uniform
      /// 35 % at the innermost pixel, 35 % in the inner half of the mask's depth, 30 % anywhere.
      case mixed
    }

    public var clicks: Int
    /// Clicks a mask, at most; `nil`: as many as it takes to reach `clicks` (the reference).
    public var clicksPerMask: Int?
    public var placement: Placement
    /// Targets a click, at most.
    public var targets: Int
    public var boxes: Int
    /// Boxes are moved by up to this share of half their sides, and resized by up to this share of their sides.
    public var boxNoise: Float
    /// The same for clicks, as small boxes.
    public var clickNoise: Float
    /// Further rounds with a click in the largest error of each mask (Kirillov et al., 2023, section A); 0: none.
    public var correctionRounds: Int

    public init(
      clicks: Int, clicksPerMask: Int? = nil, placement: Placement = .uniform, targets: Int = 6, boxes: Int = 0,
      boxNoise: Float = 0.4, clickNoise: Float = 0.004, correctionRounds: Int = 0
    ) {
      self.clicks = clicks
      self.clicksPerMask = clicksPerMask
      self.placement = placement
      self.targets = targets
      self.boxes = boxes
      self.boxNoise = boxNoise
      self.clickNoise = clickNoise
      self.correctionRounds = correctionRounds
    }
  }

  /// Which prediction answers for which target.
  public struct Matching: Codable, Hashable, Sendable {
    public enum Kind: String, Codable, Sendable {
      case manyToMany = "many-to-many"
      case manyToOne = "many-to-one"
      case oneToOne = "one-to-one"
    }

    public var kind: Kind
    /// Whether each layer is matched by itself, or all as the last one.
    public var isRepeated: Bool
    /// Points at which masks are compared.
    public var points: Int
    public var classification: Float
    public var bce: Float
    public var dice: Float
    public var box: Float
    public var giou: Float

    public init(
      kind: Kind, isRepeated: Bool = false, points: Int = 12544, classification: Float = 0, bce: Float = 5,
      dice: Float = 5, box: Float = 5, giou: Float = 2
    ) {
      self.kind = kind
      self.isRepeated = isRepeated
      self.points = points
      self.classification = classification
      self.bce = bce
      self.dice = dice
      self.box = box
      self.giou = giou
    }
  }

  /// The weights of the loss's terms.
  public struct Losses: Codable, Hashable, Sendable {
    /// Where the points of a mask's loss lie.
    public enum Points: String, Codable, Sendable {
      /// Three quarters where the logit is nearest to 0 among three times as many (Kirillov et al., PointRend).
      case uncertain
      /// Two thirds within 1.6 times the true box, the rest anywhere.
      case nearBox = "near-box"
    }

    /// What the predicted IoU is compared with.
    public enum Quality: String, Codable, Sendable {
      /// 1 - dice at the loss's points, of matched queries; the mask's gradient includes it (the reference).
      case matchedDice = "matched-dice"
      /// The IoU with the best true mask under the prompt, of every query.
      case bestIoU = "best-iou"
    }

    public var points: Int
    public var placement: Points
    public var bce: Float
    public var dice: Float
    public var box: Float
    public var giou: Float
    public var iou: Float
    public var quality: Quality
    /// Of object and part names, each where the data set has the label.
    public var classification: Float
    /// The factor of each decoder layer but the last.
    public var earlierLayers: Float
    /// Of the refiner's mask and of its predicted IoU, where the network has one.
    public var refinedMask: Float
    public var refinedIoU: Float

    public init(
      points: Int = 12544, placement: Points = .uncertain, bce: Float = 5, dice: Float = 5, box: Float = 5,
      giou: Float = 2, iou: Float = 1, quality: Quality = .matchedDice, classification: Float = 4,
      earlierLayers: Float = 1, refinedMask: Float = 0, refinedIoU: Float = 0
    ) {
      self.points = points
      self.placement = placement
      self.bce = bce
      self.dice = dice
      self.box = box
      self.giou = giou
      self.iou = iou
      self.quality = quality
      self.classification = classification
      self.earlierLayers = earlierLayers
      self.refinedMask = refinedMask
      self.refinedIoU = refinedIoU
    }
  }

  public struct Optimizer: Codable, Hashable, Sendable {
    /// Of AdamW.
    public var rate: Float
    /// The backbone's rate, and the text encoder's, in units of `rate`.
    public var backboneFactor: Float
    /// Of everything but norms and embedding tables.
    public var weightDecay: Float
    /// The largest norm of all gradients together.
    public var clip: Float

    public init(rate: Float, backboneFactor: Float = 0.1, weightDecay: Float = 0.05, clip: Float) {
      self.rate = rate
      self.backboneFactor = backboneFactor
      self.weightDecay = weightDecay
      self.clip = clip
    }
  }

  /// How the rate changes, in shares of the run.
  public struct Schedule: Codable, Hashable, Sendable {
    public enum Kind: String, Codable, Sendable {
      case constant
      /// Times 0.1 at each milestone.
      case step
      /// Half a cosine from the rate to `end` times the rate.
      case cosine
    }

    public var kind: Kind
    /// Steps of linear growth at the beginning.
    public var warmUp: Int
    /// For `step`, in 0...1 of the run.
    public var milestones: [Double]
    /// For `cosine`.
    public var end: Double

    public init(kind: Kind, warmUp: Int = 0, milestones: [Double] = [], end: Double = 0) {
      self.kind = kind
      self.warmUp = warmUp
      self.milestones = milestones
      self.end = end
    }

    /// What the rate is multiplied with at a step, from 0.
    public func factor(step: Int, of steps: Int) -> Double {
      let share = Double(step) / Double(max(steps, 1))
      let factor =
        switch kind {
        case .constant: 1.0
        case .step: milestones.reduce(1.0) { share >= $1 ? $0 * 0.1 : $0 }
        case .cosine: end + (1 - end) * 0.5 * (1 + cosine(share))
        }
      return step < warmUp ? factor * Double(step + 1) / Double(warmUp) : factor
    }

    /// The cosine of pi times a share of 0...1.
    private func cosine(_ share: Double) -> Double { cos(min(max(share, 0), 1) * .pi) }
  }

  /// Reads a recipe from JSON.
  /// - Throws: `invalidConfiguration` naming the field that is missing, of another type or out of range.
  public init(json: [UInt8], name: String) throws(ModelError) {
    do {
      self = try JSONDecoder().decode(Recipe.self, from: Data(json))
    } catch let error as DecodingError {
      throw ModelError(
        .invalidConfiguration,
        "The recipe \(ModelError.quoted(name)) cannot be used (\(Configuration.reason(error))); start from what "
          + "'semantic-sam train --show-recipe' prints.")
    } catch {
      throw ModelError(
        .invalidConfiguration, "The recipe \(ModelError.quoted(name)) is not JSON; start from what 'semantic-sam train --show-recipe' prints.")
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
    func require(_ holds: Bool, _ field: String, _ range: String) throws(ModelError) {
      guard holds else {
        throw ModelError(
          .invalidConfiguration, "'\(field)' of the recipe \(ModelError.quoted(name)) must be \(range); correct it.")
      }
    }
    func isRange(_ range: [Double]) -> Bool {
      range.count == 2 && range[0] > 0 && range[0] <= range[1] && range[1] <= 100
    }
    try require((32...4096).contains(images.width), "images.width", "in 32...4096")
    try require((32...4096).contains(images.height), "images.height", "in 32...4096")
    try require(isRange(images.scale), "images.scale", "two factors in 0...100, the smaller first")
    try require(isRange(images.aspect), "images.aspect", "two factors in 0...100, the smaller first")
    try require((0...1).contains(images.flip), "images.flip", "in 0...1")
    try require((0...1).contains(images.color), "images.color", "in 0...1")
    try require((0...1000).contains(prompts.clicks), "prompts.clicks", "in 0...1000")
    try require((0...1000).contains(prompts.boxes), "prompts.boxes", "in 0...1000")
    try require(prompts.clicks + prompts.boxes > 0, "prompts", "at least one click or box")
    try require((1...100).contains(prompts.targets), "prompts.targets", "in 1...100")
    try require((0...20).contains(prompts.correctionRounds), "prompts.correctionRounds", "in 0...20")
    try require((1...200_000).contains(matching.points), "matching.points", "in 1...200000")
    try require((1...200_000).contains(losses.points), "losses.points", "in 1...200000")
    try require(optimizer.rate > 0 && optimizer.rate < 10, "optimizer.rate", "over 0 and below 10")
    try require(optimizer.clip > 0, "optimizer.clip", "over 0")
    try require((0...1).contains(optimizer.weightDecay), "optimizer.weightDecay", "in 0...1")
    try require(schedule.milestones.allSatisfy { (0...1).contains($0) }, "schedule.milestones", "in 0...1")
    try require(schedule.warmUp >= 0, "schedule.warmUp", "at least 0")
    try require((1...1024).contains(batch), "batch", "in 1...1024")
    try require((1...100_000_000).contains(steps), "steps", "in 1...100000000")
    try require((0..<1).contains(dropPath), "dropPath", "at least 0 and below 1")
    try require((0..<1).contains(averageDecay), "averageDecay", "at least 0 and below 1")
  }

  /// Whether the parameter of a key is trained.
  func isTrained(_ key: String) -> Bool {
    !frozen.contains { key.hasPrefix($0) }
  }
}
