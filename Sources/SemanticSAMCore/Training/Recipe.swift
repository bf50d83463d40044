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
  /// Which answer shall become which true mask, and what its distance costs.
  public var loss: PromptLoss
  /// The same of the refiner's masks, where the network has one.
  public var refinerLoss: RefinerLoss?
  /// Whether the network also learns to find things by itself and to name them; absent: prompts only.
  public var generic: Generic?
  /// How often which data set is drawn; absent: each as often as it has photographs.
  public var mixture: [Share]?
  public var optimizer: Optimizer
  public var course: Course
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
  public var averageDecay: Double
  /// Whether what lies inside the blocks of the backbone, and inside the encoder's layers, is computed twice instead of being
  /// kept: less memory, more time.
  public var savesMemory: Bool
  /// In what products, forward and backward, are computed; weights, their gradients and the optimiser stay f32. Absent: f32.
  public var precision: Precision?

  public init(
    name: String, network: String, images: Images, prompts: Prompts, loss: PromptLoss,
    refinerLoss: RefinerLoss? = nil, generic: Generic? = nil, mixture: [Share]? = nil, optimizer: Optimizer,
    course: Course, batch: Int, steps: Int, frozen: [String] = [], dropPath: Float = 0, averageDecay: Double = 0,
    savesMemory: Bool = false, precision: Precision? = nil
  ) {
    self.name = name
    self.network = network
    self.images = images
    self.prompts = prompts
    self.loss = loss
    self.refinerLoss = refinerLoss
    self.generic = generic
    self.mixture = mixture
    self.optimizer = optimizer
    self.course = course
    self.batch = batch
    self.steps = steps
    self.frozen = frozen
    self.dropPath = dropPath
    self.averageDecay = averageDecay
    self.savesMemory = savesMemory
    self.precision = precision
  }

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
    public var clicks: ClickSampling
    /// Boxes of random regions.
    public var boxes: Int
    /// How far prompts are off in training.
    public var noise: PromptNoise
    /// Rounds in which prompts are answered again with their masks, many-to-one; absent: none.
    public var rounds: CorrectionRounds?

    public init(
      clicks: ClickSampling, boxes: Int = 0, noise: PromptNoise = PromptNoise(), rounds: CorrectionRounds? = nil
    ) {
      self.rounds = rounds
      self.clicks = clicks
      self.boxes = boxes
      self.noise = noise
    }
  }

  public struct Optimizer: Codable, Hashable, Sendable {
    /// Of AdamW.
    public var rate: Double
    public var weightDecay: Double
    /// How fast each parameter learns and how much it decays.
    public var groups: ParameterGroups
    /// The largest norm of all gradients together.
    public var clip: Double

    public init(rate: Double, weightDecay: Double = 0.05, groups: ParameterGroups = .reference, clip: Double) {
      self.rate = rate
      self.weightDecay = weightDecay
      self.groups = groups
      self.clip = clip
    }
  }

  /// How the rate changes over the run, whatever its length.
  public struct Course: Codable, Hashable, Sendable {
    public enum Kind: String, Codable, Sendable {
      case constant
      /// Times 0.1 at each milestone.
      case milestones
      /// Half a wave from the rate to `end` times the rate.
      case cosine
    }

    public var kind: Kind
    /// Steps of linear growth at the beginning; in short runs at most a fifth of all.
    public var warmUp: Int
    /// For `milestones`: shares of the run.
    public var milestones: [Double]
    /// For `cosine`.
    public var end: Double

    public init(kind: Kind, warmUp: Int = 0, milestones: [Double] = [], end: Double = 0) {
      self.kind = kind
      self.warmUp = warmUp
      self.milestones = milestones
      self.end = end
    }

    /// The schedule of a run of so many steps.
    public func schedule(steps: Int) -> Schedule {
      let course: Schedule.Course =
        switch kind {
        case .constant: .constant
        case .milestones: .milestones(milestones.map { Int($0 * Double(steps)) }, factor: 0.1)
        case .cosine: .cosine(steps: steps, floor: end)
        }
      return Schedule(course, warmUpSteps: min(warmUp, steps / 5))
    }
  }
}
