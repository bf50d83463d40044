extension Recipe {
  /// The published mixture of seven data sets (Semantic-SAM, section 4.1): prompts on all of them; on those with names also
  /// queries that the network chooses itself, and the decoupled classifiers of objects and parts.
  ///
  /// The shares are this library's; the paper has none. They are near the square roots of the numbers of photographs, in
  /// 64ths: a step of 64 sees on average 32 photographs of SA-1B. Photographs are scaled by 0.1 to 2, those of SA-1B are not.
  public static let jointSeven = Recipe(
    name: "joint-seven", network: "swinT",
    images: Images(width: 1024, height: 1024, scale: [0.1, 2]),
    prompts: Prompts(clicks: ClickSampling(clickCount: 45), boxes: 15), loss: PromptLoss(), generic: Generic(),
    mixture: [
      Share(dataset: "sa1b", weight: 32, scale: [0.99, 1.01]), Share(dataset: "objects365", weight: 10),
      Share(dataset: "coco", weight: 10), Share(dataset: "ade20k", weight: 4), Share(dataset: "paco", weight: 4),
      Share(dataset: "partimagenet", weight: 2), Share(dataset: "pascal_part", weight: 2),
    ],
    optimizer: Optimizer(rate: 1e-4, clip: 0.01), course: Course(kind: .milestones, milestones: [0.9, 0.95]), batch: 64,
    steps: 368_750, frozen: [], dropPath: 0.3, averageDecay: 0, savesMemory: true)

  /// Panoptic, instance and part segmentation by names alone, as OpenSeeD is trained: a network without prompts.
  public static let generic = Recipe(
    name: "generic", network: "openseedSwinT",
    images: Images(width: 1024, height: 1024, scale: [0.1, 2]),
    prompts: Prompts(clicks: ClickSampling(clickCount: 45), boxes: 15), loss: PromptLoss(), generic: Generic(),
    optimizer: Optimizer(rate: 1e-4, clip: 0.01), course: Course(kind: .milestones, milestones: [0.9, 0.95]), batch: 16,
    steps: 368_750, frozen: [], dropPath: 0.3, averageDecay: 0, savesMemory: true)
}
