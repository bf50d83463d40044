import ArgumentParser
import SemanticSAMCore

/// How `generate` looks for masks. Without an option the library's default holds, which suits the built-in weights.
struct AutomaticOptions: ParsableArguments {
  private static let usual = AutomaticMaskOptions()

  @Option(parsing: .unconditional, help: ArgumentHelp("Clicks along each side of the photograph.", valueName: "count"))
  var pointsPerSide = AutomaticOptions.usual.pointsPerSide

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Clicks that are decoded together; fewer need less memory.", valueName: "count"))
  var pointsPerBatch = AutomaticOptions.usual.pointsPerBatch

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Keep masks whose predicted IoU is above this; 0 keeps all.", valueName: "0...1"))
  var iouThreshold = AutomaticOptions.usual.predictedIoUThreshold

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Keep masks whose stability is at least this; 0 keeps all.", valueName: "0...1"))
  var stabilityThreshold = AutomaticOptions.usual.stabilityThreshold

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Stability is the area at a logit above this over the area at one above its negative.", valueName: "logit"))
  var stabilityOffset = AutomaticOptions.usual.stabilityOffset

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Of masks whose boxes overlap by more (IoU), the one of the highest predicted IoU stays; 1 keeps all.",
      valueName: "0...1"))
  var boxNms = AutomaticOptions.usual.boxNMSThreshold

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Look at parts of the photograph too, 0 to 4: layer n has 4^n crops, for small things, and takes as much longer.",
      valueName: "layers"))
  var cropLayers = AutomaticOptions.usual.cropLayers

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How much crops overlap, as a share of the short side.", valueName: "share"))
  var cropOverlap: Double = AutomaticOptions.usual.cropOverlap

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Divide the clicks along a side by this from layer to layer.", valueName: "factor"))
  var cropDownscale = AutomaticOptions.usual.cropPointDownscale

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("As --box-nms, between crops; the mask of the smaller crop stays.", valueName: "0...1"))
  var cropNms = AutomaticOptions.usual.cropNMSThreshold

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Remove holes and islands of fewer pixels; 0 removes none.", valueName: "pixels"))
  var minimumArea = AutomaticOptions.usual.minimumRegionArea

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The levels to ask for, as in 1-3 or 2,5; all without it. 1 is the whole, 6 the smallest part.",
      valueName: "levels"))
  var levels: String?

  @Flag(
    help: "Let the clicks of a batch see each other, as the reference does; masks then depend on the batches.")
  var joint = false

  func validate() throws {
    let options = try self.options(longEdge: nil, includesLabels: false)
    do throws(ModelError) {
      try options.validate()
    } catch {
      throw ValidationError(error.message)
    }
  }

  func options(longEdge: Int?, includesLabels: Bool) throws -> AutomaticMaskOptions {
    var options = AutomaticMaskOptions()
    options.pointsPerSide = pointsPerSide
    options.pointsPerBatch = pointsPerBatch
    options.predictedIoUThreshold = iouThreshold
    options.stabilityThreshold = stabilityThreshold
    options.stabilityOffset = stabilityOffset
    options.boxNMSThreshold = boxNms
    options.cropLayers = cropLayers
    options.cropOverlap = cropOverlap
    options.cropPointDownscale = cropDownscale
    options.cropNMSThreshold = cropNms
    options.minimumRegionArea = minimumArea
    if let levels { options.levels = try LevelList.parse(levels) }
    options.promptsSeeEachOther = joint
    options.longEdgeLimit = longEdge
    options.includesLabels = includesLabels
    return options
  }
}
