extension Recipe {
  /// The recipes that come with the library, by name.
  public static let presets: [Recipe] = [.fineTune, .sa1bManyToMany, .samManyToOne]

  /// Shipped weights on a data set of one's own, in minutes on a small machine: short, with a frozen backbone and the prompts,
  /// points and losses that the shipped weights were trained with.
  public static let fineTune = Recipe(
    name: "fine-tune", network: "default",
    images: Images(
      width: 384, height: 288, scale: [0.7, 1.65], aspect: [0.9, 1.1], color: 0.25, minimumArea: 24),
    prompts: Prompts(
      clicks: 24, clicksPerMask: 3, placement: .mixed, boxes: 12, boxNoise: 0.05, clickNoise: 0),
    matching: Matching(kind: .manyToMany, isRepeated: true, points: 1024, bce: 0, dice: 1, box: 0.5, giou: 0),
    losses: Losses(
      points: 384, placement: .nearBox, bce: 2, dice: 2, box: 4, giou: 1, iou: 4, quality: .bestIoU,
      earlierLayers: 0.5, refinedMask: 1, refinedIoU: 4),
    optimizer: Optimizer(rate: 5e-4, weightDecay: 0.01, clip: 5),
    schedule: Schedule(kind: .cosine, warmUp: 20, end: 0.02), batch: 2, steps: 1000, frozen: ["model.backbone.", "names."],
    dropPath: 0, averageDecay: 0.998, savesMemory: false)

  /// The published recipe on SA-1B: six answers to a click against all masks under it (Semantic-SAM, section 3).
  public static let sa1bManyToMany = Recipe(
    name: "sa1b-many-to-many", network: "swinT",
    images: Images(width: 1024, height: 1024, scale: [0.99, 1.01]),
    prompts: Prompts(clicks: 45, boxes: 15), matching: Matching(kind: .manyToMany), losses: Losses(),
    optimizer: Optimizer(rate: 1e-4, clip: 0.01), schedule: Schedule(kind: .step, milestones: [0.9, 0.95]), batch: 64,
    steps: 368_750, frozen: [], dropPath: 0.3, averageDecay: 0, savesMemory: true)

  /// SAM's own objective in the same network: three answers to a click, of which the best one learns its mask.
  public static let samManyToOne = Recipe(
    name: "sam-many-to-one", network: "swinT",
    images: Images(width: 1024, height: 1024, scale: [0.99, 1.01]),
    prompts: Prompts(clicks: 60), matching: Matching(kind: .manyToOne), losses: Losses(),
    optimizer: Optimizer(rate: 1e-4, clip: 0.01), schedule: Schedule(kind: .step, milestones: [0.9, 0.95]), batch: 64,
    steps: 368_750, frozen: [], dropPath: 0.3, averageDecay: 0, savesMemory: true)
}
