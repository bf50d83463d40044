import TensorKernels

/// What a prediction costs as the answer to a true thing, and how much each part of it counts.
public struct MatchCosts: Hashable, Sendable, Codable {
  /// Of the focal class cost.
  public var classification: Double
  /// Of the masks' binary cross-entropy, mean over the points.
  public var maskCrossEntropy: Double
  /// Of the masks' dice loss.
  public var dice: Double
  /// Of the boxes' L1 distance.
  public var box: Double
  /// Of the boxes' negative GIoU.
  public var giou: Double

  /// The weights of the reference; those of the class cost are used where there are classes.
  public init(
    classification: Double = 4, maskCrossEntropy: Double = 5, dice: Double = 5, box: Double = 5, giou: Double = 2
  ) {
    self.classification = classification
    self.maskCrossEntropy = maskCrossEntropy
    self.dice = dice
    self.box = box
    self.giou = giou
  }

  /// The parts of the cost of one prediction for one true thing, not yet weighted.
  public struct Terms: Hashable, Sendable {
    public var classification: Double = 0
    public var maskCrossEntropy: Double = 0
    public var dice: Double = 0
    public var box: Double = 0
    /// The GIoU, negative: the smaller, the better.
    public var giou: Double = 0

    public init() {}
  }

  /// The weighted sum.
  public func total(_ terms: Terms) -> Double {
    maskCrossEntropy * terms.maskCrossEntropy + box * terms.box + classification * terms.classification
      + dice * terms.dice + giou * terms.giou
  }

  /// The focal cost of a label (alpha 0.25, gamma 2): what the label would cost as a positive class, less what it costs as
  /// a negative one.
  /// - Parameter logit: of the label.
  public static func classification(logit: Double) -> Double {
    let p = SafeMath.sigmoid(logit)
    let positive = 0.25 * (1 - p) * (1 - p) * -SafeMath.log(p + 1e-6)
    let negative = 0.75 * p * p * -SafeMath.log(1 - p + 1e-6)
    return positive - negative
  }

  /// The parts of the costs of pairs of predictions and true things, without the class cost. The masks' cross-entropy stays 0
  /// where it has no weight.
  /// - Parameters:
  ///   - masks: logits and labels at the points; nil for data without masks, whose mask costs are 0.
  ///   - boxes: the predicted ones.
  ///   - trueBoxes: (cx, cy, w, h) like the predicted ones.
  public func terms(
    of pairs: [(prediction: Int, target: Int)], masks: MaskSamples?, boxes: Tensor, trueBoxes: [SIMD4<Double>]
  ) -> [Terms] {
    let predicted = boxes.boxRows
    let maskTerms = masks?.terms(of: pairs, withCrossEntropy: maskCrossEntropy != 0)
    return pairs.indices.map { index in
      let (prediction, target) = pairs[index]
      let box = BoxTerms(predicted[prediction], trueBoxes[target])
      var terms = Terms()
      terms.box = box.l1
      terms.giou = -box.giou
      if let maskTerms { (terms.maskCrossEntropy, terms.dice) = maskTerms[index] }
      return terms
    }
  }
}

/// Logits of predicted masks and labels of true masks at the same points, ready to be compared pair by pair.
public struct MaskSamples: Sendable {
  /// `[Q, P]`
  let logits: Tensor
  /// `[T, P]`
  let labels: Tensor
  private let sigmoids: Tensor

  /// - Parameters:
  ///   - logits: `[Q, P]`, sampled.
  ///   - labels: `[T, P]`, sampled at the same points, 0...1.
  public init(logits: Tensor, labels: Tensor) {
    precondition(logits.channels == labels.channels, "Masks are compared at the same points.")
    self.logits = logits.detached
    self.labels = labels.detached
    sigmoids = logits.detached.sigmoid()
  }

  /// The binary cross-entropy and the dice loss of each pair, sums in double precision.
  func terms(
    of pairs: [(prediction: Int, target: Int)], withCrossEntropy: Bool = true
  ) -> [(crossEntropy: Double, dice: Double)] {
    let points = Double(logits.channels)
    guard points > 0 else { return pairs.map { _ in (0, 0) } }
    let allOnes = Tensor(repeating: 1, shape: [1, logits.channels])
    func sums(_ tensor: Tensor) -> [Double] {
      tensor.rowProducts(with: allOnes, pairs: (0..<tensor.rowCount).map { ($0, 0) })
    }
    // With no label set the cross-entropy is the mean of softplus(x); a label y takes x y away.
    let softplus = withCrossEntropy ? logits.softplusSums() : []
    let (predicted, labelled) = (sums(sigmoids), sums(labels))
    let byLogit = withCrossEntropy ? logits.rowProducts(with: labels, pairs: pairs) : []
    let common = sigmoids.rowProducts(with: labels, pairs: pairs)
    return pairs.indices.map { index in
      let (prediction, target) = pairs[index]
      let dice = 1 - (2 * common[index] + 1) / (predicted[prediction] + labelled[target] + 1)
      return (withCrossEntropy ? (softplus[prediction] - byLogit[index]) / points : 0, dice)
    }
  }

  /// The intersection over union of each pair, the prediction taken where its logit is above 0, the truth where its label is
  /// at least a half.
  func ious(of pairs: [(prediction: Int, target: Int)]) -> [Double] {
    let predicted = BitRows(logits) { $0 > 0 }
    let truth = BitRows(labels) { $0 >= 0.5 }
    let areas = (0..<logits.rowCount).map { predicted.common($0, with: predicted, $0) }
    let trueAreas = (0..<labels.rowCount).map { truth.common($0, with: truth, $0) }
    return pairs.map { pair in
      let common = predicted.common(pair.prediction, with: truth, pair.target)
      let union = areas[pair.prediction] + trueAreas[pair.target] - common
      return union > 0 ? Double(common) / Double(union) : 0
    }
  }
}

/// Rows of a tensor as sets: a bit for each number.
private struct BitRows {
  private let words: [UInt64]
  private let wordsPerRow: Int

  @inline(__always)
  init(_ tensor: Tensor, isSet: (Float) -> Bool) {
    let (rows, columns) = (tensor.rowCount, tensor.channels)
    let perRow = (columns + 63) / 64
    wordsPerRow = perRow
    words = [UInt64](unsafeUninitializedCapacity: rows * perRow) { words, count in
      count = rows * perRow
      tensor.withUnsafeBufferPointer { numbers in
        for row in 0..<rows {
          for word in 0..<perRow {
            var bits: UInt64 = 0
            let start = row * columns + word * 64
            for place in 0..<min(64, columns - word * 64) where isSet(numbers[start + place]) { bits |= 1 << place }
            words[row * perRow + word] = bits
          }
        }
      }
    }
  }

  /// How many places two rows have in common.
  func common(_ row: Int, with other: BitRows, _ otherRow: Int) -> Int {
    (0..<wordsPerRow).reduce(0) {
      $0 + (words[row * wordsPerRow + $1] & other.words[otherRow * wordsPerRow + $1]).nonzeroBitCount
    }
  }
}

extension Tensor {
  /// The sums of products of rows of this tensor `[N, P]` with rows of another `[M, P]`, in double precision.
  func rowProducts(with other: Tensor, pairs: [(Int, Int)]) -> [Double] {
    let first = pairs.map { UInt32($0.0) }
    let second = pairs.map { UInt32($0.1) }
    return [Double](unsafeUninitializedCapacity: pairs.count) { buffer, count in
      count = pairs.count
      guard let output = buffer.baseAddress else { return }
      first.withUnsafeBufferPointer { first in
        second.withUnsafeBufferPointer { second in
          guard let firstBase = first.baseAddress, let secondBase = second.baseAddress else { return }
          withExtendedLifetime((self, other)) {
            tk_row_products_f32(pairs.count, firstBase, secondBase, channels, address, other.address, output)
          }
        }
      }
    }
  }

  /// The sum of log(1 + exp(x)) of each row.
  fileprivate func softplusSums() -> [Double] {
    let points = channels
    return withUnsafeBufferPointer { numbers in
      (0..<rowCount).map { row in
        (0..<points).reduce(0.0) { $0 + SafeMath.softplus(Double(numbers[row * points + $1])) }
      }
    }
  }
}
