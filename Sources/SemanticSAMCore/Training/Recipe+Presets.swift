extension Recipe {
  /// The recipes that come with the library, by name.
  public static let presets: [Recipe] = [.fineTune, .sa1bManyToMany, .samManyToOne, .jointSeven, .generic]

  /// Shipped weights on a data set of one's own, in minutes on a small machine: short, with a frozen backbone and the prompts,
  /// points and losses that the shipped weights were trained with.
  public static let fineTune = Recipe(
    name: "fine-tune", network: "default",
    images: Images(
      width: 384, height: 288, scale: [0.7, 1.65], aspect: [0.9, 1.1], color: 0.25, minimumArea: 24),
    prompts: Prompts(
      clicks: ClickSampling(
        clickCount: 24, clicksPerRegion: 3, placement: ClickSampling.Placement(deepest: 0.35, deep: 0.35)),
      boxes: 12, noise: PromptNoise(scale: 0.05, clickFactor: 0)),
    loss: .compact, refinerLoss: RefinerLoss(),
    optimizer: Optimizer(rate: 5e-4, weightDecay: 0.01, groups: .compact, clip: 5),
    course: Course(kind: .cosine, warmUp: 20, end: 0.02), batch: 2, steps: 1000,
    frozen: ["model.backbone.", "names."],
    dropPath: 0, averageDecay: 0.998, savesMemory: false)

  /// The published recipe on SA-1B: six answers to a click against all masks under it (Semantic-SAM, section 3).
  public static let sa1bManyToMany = Recipe(
    name: "sa1b-many-to-many", network: "swinT",
    images: Images(width: 1024, height: 1024, scale: [0.99, 1.01]),
    prompts: Prompts(clicks: ClickSampling(clickCount: 45), boxes: 15), loss: PromptLoss(),
    optimizer: Optimizer(rate: 1e-4, clip: 0.01), course: Course(kind: .milestones, milestones: [0.9, 0.95]), batch: 64,
    steps: 368_750, frozen: [], dropPath: 0.3, averageDecay: 0, savesMemory: true)

  /// SAM's own objective in the same network: of the answers to a click the best one learns its mask, and answers are corrected
  /// in rounds.
  public static let samManyToOne = Recipe(
    name: "sam-many-to-one", network: "swinT",
    images: Images(width: 1024, height: 1024, scale: [0.99, 1.01]),
    prompts: Prompts(clicks: ClickSampling(clickCount: 60), rounds: CorrectionRounds()), loss: .manyToOne,
    optimizer: Optimizer(rate: 1e-4, clip: 0.01), course: Course(kind: .milestones, milestones: [0.9, 0.95]), batch: 64,
    steps: 368_750, frozen: [], dropPath: 0.3, averageDecay: 0, savesMemory: true)
}
