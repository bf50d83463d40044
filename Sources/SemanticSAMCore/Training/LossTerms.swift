/// The parts of a loss by name, for the log, and their weighted sum, for the gradient.
public struct LossTerms: Sendable {
  /// One part.
  public struct Term: Sendable {
    /// The kind of the term and where it was measured, with a dot between them: "dice.0" is that of the last decoder layer,
    /// "dice.1" that of the first, "dice.proposals" that of the encoder's proposals.
    public let name: String
    /// Not weighted: `[1]`.
    public let value: Tensor
    /// What it counts in the total.
    public let weight: Double
  }

  public private(set) var terms: [Term] = []

  public init() {}

  /// Adds a term `[1]`.
  public mutating func add(_ name: String, _ value: Tensor, weight: Double) {
    precondition(value.count == 1, "A loss is one number, not the shape \(value.shape).")
    terms.append(Term(name: name, value: value, weight: weight))
  }

  public mutating func append(contentsOf other: LossTerms) { terms += other.terms }

  /// The weighted sum, on the tape that follows the terms: `[1]`.
  public var total: Tensor {
    let weights = terms.map(\.weight)
    let sum = terms.reduce(0.0) { $0 + $1.weight * Double($1.value.values[0]) }
    return Tensor([Float(sum)], shape: [1]).recorded(from: terms.map(\.value)) { gradient in
      let scale = Double(gradient.values[0])
      return weights.map { $0 == 0 ? nil : Tensor([Float(scale * $0)], shape: [1]) }
    }
  }

  /// The terms' numbers by kind, not weighted, those of all layers added.
  public var sums: [(name: String, value: Double)] {
    var names: [String] = []
    var sums: [String: Double] = [:]
    for term in terms {
      let kind = String(term.name.prefix { $0 != "." })
      if sums[kind] == nil { names.append(kind) }
      sums[kind, default: 0] += Double(term.value.values[0])
    }
    return names.map { ($0, sums[$0] ?? 0) }
  }

  /// The name of the first term that is not a finite number; nil where training can go on.
  public var firstNotFinite: String? { terms.first { !$0.value.values[0].isFinite }?.name }
}

/// What each term of a loss counts.
public struct LossWeights: Hashable, Sendable, Codable {
  public var maskCrossEntropy: Double
  public var dice: Double
  public var box: Double
  public var giou: Double
  /// Of the squared error of the predicted IoU.
  public var iou: Double
  /// Of the focal losses of objects' and parts' names.
  public var objects: Double
  public var parts: Double

  /// The weights of the reference.
  public init(
    maskCrossEntropy: Double = 5, dice: Double = 5, box: Double = 5, giou: Double = 2, iou: Double = 1,
    objects: Double = 4, parts: Double = 4
  ) {
    self.maskCrossEntropy = maskCrossEntropy
    self.dice = dice
    self.box = box
    self.giou = giou
    self.iou = iou
    self.objects = objects
    self.parts = parts
  }
}
