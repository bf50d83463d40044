import ArgumentParser
import SemanticSAMCore

/// How findings become segments.
struct RecognitionSettings: ParsableArguments {
  private static let usual = FindingRules()

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "OpenSeeD: a query counts for panoptic segments where its best score is above this.", valueName: "0...1"))
  var objectThreshold = RecognitionSettings.usual.objectThreshold

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "OpenSeeD: a segment stays where it wins this share of its mask.", valueName: "0...1"))
  var overlapThreshold = RecognitionSettings.usual.overlapThreshold

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Leave out instances and parts of a lower score.", valueName: "0...1"))
  var scoreThreshold: Float = 0.1

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("OpenSeeD: the most instances; without it as the weights say.", valueName: "count"))
  var maximumInstances: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Other weights: a mask counts where its best name is at least so probable.", valueName: "0...1"))
  var minimumProbability: Float = RecognitionOptions().minimumProbability

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Other weights: clicks along each side of the photograph.", valueName: "count"))
  var pointsPerSide = AutomaticMaskOptions().pointsPerSide

  func validate() throws {
    let shares = [
      ("--object-threshold", objectThreshold), ("--overlap-threshold", overlapThreshold),
      ("--score-threshold", scoreThreshold), ("--minimum-probability", minimumProbability),
    ]
    for (option, value) in shares where !(value >= 0 && value <= 1) {
      throw ValidationError("\(option) is \(value); give a number from 0 to 1.")
    }
    if let maximumInstances, !(1...100_000).contains(maximumInstances) {
      throw ValidationError("--maximum-instances \(maximumInstances) is not a number of instances; give 1 to 100000.")
    }
    guard (1...1024).contains(pointsPerSide) else {
      throw ValidationError("A side cannot have \(pointsPerSide) clicks; give 1 to 1024 points per side.")
    }
  }

  func options(longEdge: Int?) -> RecognitionOptions {
    var options = RecognitionOptions()
    options.rules.objectThreshold = objectThreshold
    options.rules.overlapThreshold = overlapThreshold
    options.rules.instanceThreshold = scoreThreshold
    options.rules.maximumInstances = maximumInstances
    options.minimumProbability = minimumProbability
    options.automatic.pointsPerSide = pointsPerSide
    options.longEdgeLimit = longEdge
    return options
  }
}
