/// A head of one's own that a trainer trains: with the network, or alone where the recipe freezes the rest. Its parameters are
/// among the network's under `heads.NAME.`: in the optimiser, in the states and in the checkpoint.
public struct TrainingHead: Module {
  /// What each row of a head's features belongs to, so that its target can be put together.
  public struct Rows: Sendable {
    /// The photograph as the network sees it, and its regions.
    public let sample: TrainingSample
    /// For each row the place of its region in `sample.targets`; `nil` for an answer that became no region. Empty for
    /// `.cells`, whose rows are the cells of the padded photograph.
    public let targets: [Int?]
  }

  /// What its keys hold: the network's are "heads.NAME.".
  public let name: String
  public private(set) var head: any Head
  let weight: Double
  private let value: @Sendable (any Head, Tensor, Rows) throws(ModelError) -> Tensor?

  /// - Parameters:
  ///   - name: without dots.
  ///   - weight: what the head's loss counts beside the network's.
  ///   - target: of the rows of one photograph, for the head's loss; `nil` where the photograph has nothing to teach.
  public init<H: Head>(
    _ name: String, _ head: H, weight: Double = 1,
    target: @escaping @Sendable (Rows) throws(ModelError) -> H.Target?
  ) {
    self.name = name
    self.head = head
    self.weight = weight
    value = { head, features, rows throws(ModelError) in
      guard let head = head as? H, let target = try target(rows) else { return nil }
      return try head.loss(head(features), target)
    }
  }

  public mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
    try head.visit(&visitor)
  }

  /// `[1]`.
  func loss(_ features: Tensor, _ rows: Rows) throws(ModelError) -> Tensor? { try value(head, features, rows) }
}

extension Trainer {
  /// The head of a name as it is now.
  /// - Returns: `nil` where there is none of that name and type.
  public func head<H: Head>(_ name: String, as type: H.Type = H.self) -> H? {
    network.heads.first { $0.name == name }?.head as? H
  }

  /// - Throws: `invalidArgument` for a name that stands twice or cannot be part of a key.
  static func check(_ heads: [TrainingHead]) throws(ModelError) {
    for (place, head) in heads.enumerated()
    where head.name.isEmpty || head.name.contains(".") || heads[..<place].contains(where: { $0.name == head.name }) {
      throw ModelError(
        .invalidArgument,
        "A head cannot be called \(ModelError.quoted(head.name)); give each a name of its own without dots.")
    }
  }

  /// The losses of the heads on one photograph, each divided by the number of photographs.
  /// - Parameters:
  ///   - pyramid: of the backbone.
  ///   - queries: of the last layer for the clicks and boxes, with what each matches.
  func headTerms(
    of network: Network, _ sample: TrainingSample, truth: TrainingTruth, pyramid: [Tensor],
    queries: (features: Tensor, matches: [Match])?, photographs: Int
  ) throws(ModelError) -> LossTerms {
    var terms = LossTerms()
    for head in network.heads {
      let features: Tensor
      var targets: [Int?] = []
      switch head.head.input {
      case .regions:
        guard let masks = truth.masks, masks.count > 0 else { continue }
        features = Tensor.besides([
          masks.meanWeights(stride: 16).product(with: pyramid[2].cells),
          masks.meanWeights(stride: 32).product(with: pyramid[3].cells),
        ])
        targets = Array(0..<masks.count)
      case .queries:
        guard let queries else { continue }
        features = queries.features
        targets = [Int?](repeating: nil, count: features.rowCount)
        for match in queries.matches { targets[match.prediction] = match.target }
      case .cells:
        let (fine, coarse) = (pyramid[2], pyramid[3])
        let (height, width) = (fine.shape[0], fine.shape[1])
        features = Tensor.besides([fine.cells, coarse.resized(height: height, width: width).cells])
          .reshaped(to: [height, width, fine.channels + coarse.channels])
      }
      guard let loss = try head.loss(features, TrainingHead.Rows(sample: sample, targets: targets)) else { continue }
      terms.add("head-\(head.name).0", loss, weight: head.weight / Double(max(photographs, 1)))
    }
    return terms
  }
}

extension Tensor {
  /// A map as its cells, row by row: `[H * W, C]`.
  fileprivate var cells: Tensor { reshaped(to: [rowCount, channels]) }

  /// Matrices of as many rows side by side.
  fileprivate static func besides(_ tensors: [Tensor]) -> Tensor {
    let columns = tensors.map { $0.transposed(blocks: 1, rows: $0.rowCount, columns: $0.channels) }
    let joined = concatenated(columns.map { $0.reshaped(to: Array($0.shape.dropFirst())) })
    let (width, rows) = (joined.shape[0], joined.shape[1])
    return joined.transposed(blocks: 1, rows: width, columns: rows).reshaped(to: [rows, width])
  }
}
