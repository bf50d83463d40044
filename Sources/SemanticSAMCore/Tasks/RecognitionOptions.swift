/// How `panoptic`, `instances`, `semanticMap` and `parts` look for things.
public struct RecognitionOptions: Sendable {
  /// How the findings of a network that looks by itself (OpenSeeD) become segments.
  public var rules = FindingRules()
  /// How masks are looked for where the network only answers prompts, as the weights that ship. Its vocabulary, its names
  /// and its limit of the long edge are set by the call.
  public var automatic = AutomaticMaskOptions()
  /// Masks of a network that only answers prompts count where their best name is at least so probable, 0...1.
  public var minimumProbability: Float = 0.3
  /// The same for instances and parts; `nil`: no other. Average precision wants the uncertain ones too.
  public var minimumInstanceProbability: Float?
  /// Under how many names a mask of such a network may be an instance, each with its own score, 1...5. Networks that look by
  /// themselves give several.
  public var namesPerInstance = 1
  /// Where the checkpoint's size rule would make the long edge longer, it becomes this many pixels.
  public var longEdgeLimit: Int?

  public init() {}
}
