import SemanticSAMCore

/// An endless mixture of data sets with stated sampling weights.
///
/// Draw t picks a data set by its weight and takes the next sample of that set's order of the epoch: a set's samples come
/// once each before any comes again. All of it is computed from the seed and t, so a run can be resumed anywhere. Of R ranks
/// rank r takes the draws r, r + R, r + 2 R, ...: together they take every draw once, and no sample of a set twice in an
/// epoch.
///
/// The reference's loader has no weights: it takes one batch of each set a step. Weights in the ratio of its batch sizes
/// give the same mixture.
public struct JointDataset: Sendable {
  public struct Member: Sendable {
    public var dataset: any Dataset
    /// The share of draws, in relation to the other weights; over 0.
    public var weight: Double

    public init(_ dataset: any Dataset, weight: Double) {
      self.dataset = dataset
      self.weight = weight
    }
  }

  /// One of the processes that share the draws.
  public struct Shard: Codable, Hashable, Sendable {
    /// 0..<count.
    public var rank: Int
    public var count: Int

    public init(rank: Int, of count: Int) {
      self.rank = rank
      self.count = count
    }

    public static let whole = Shard(rank: 0, of: 1)
  }

  /// Where a mixture stands: what is saved to resume it. It is the same for all ranks after the same number of steps, and
  /// a run can be resumed with another number of ranks.
  public struct Position: Codable, Hashable, Sendable {
    public internal(set) var seed: UInt64
    /// The draws of all ranks so far.
    public internal(set) var drawCount: UInt64
    public internal(set) var members: [MemberPosition]

    public struct MemberPosition: Codable, Hashable, Sendable {
      public internal(set) var name: String
      public internal(set) var weight: Double
      /// The number of samples of the set.
      public internal(set) var count: Int
      /// The draws from the set so far.
      public internal(set) var drawCount: UInt64
    }
  }

  /// A sample to take.
  public struct Draw: Hashable, Sendable {
    /// Of all ranks, from 0; with the seed it is what random changes of the sample depend on.
    public var number: UInt64
    /// The place of the data set in the mixture.
    public var member: Int
    /// The place of the sample in the data set.
    public var index: Int
    /// How often all samples of the set were drawn before.
    public var epoch: UInt64
  }

  public let members: [Member]
  public let shard: Shard
  /// After the last draw of this rank and its peers.
  public private(set) var position: Position
  /// The upper ends of the data sets' shares of 0...1.
  private let bounds: [Double]

  /// A mixture at its beginning, or where it was saved.
  /// - Throws: `invalidArgument` where there is no data set, one is empty, a weight is not a positive number, the rank is
  ///   not one of the shards, or the position belongs to another mixture or seed.
  public init(
    _ members: [Member], seed: UInt64, shard: Shard = .whole, from saved: Position? = nil
  ) throws(ModelError) {
    guard !members.isEmpty else {
      throw ModelError(.invalidArgument, "A mixture of no data sets has no samples; give at least one.")
    }
    for member in members {
      guard member.dataset.count > 0 else {
        throw ModelError(
          .invalidArgument, "The data set '\(member.dataset.name)' has no samples; leave it out of the mixture.")
      }
      guard member.weight > 0, member.weight < 1e100 else {
        throw ModelError(
          .invalidArgument,
          "The data set '\(member.dataset.name)' has the weight \(member.weight); give a number over 0 and below 1e100, or leave it out."
        )
      }
    }
    guard shard.count > 0, (0..<shard.count).contains(shard.rank) else {
      throw ModelError(
        .invalidArgument, "Rank \(shard.rank) of \(shard.count) does not exist; ranks count from 0.")
    }
    var start = Position(
      seed: seed, drawCount: 0,
      members: members.map {
        .init(name: $0.dataset.name, weight: $0.weight, count: $0.dataset.count, drawCount: 0)
      })
    if let saved {
      guard Self.beginning(of: saved) == start else {
        throw ModelError(
          .invalidArgument,
          "The saved position belongs to another mixture: seed, data sets, weights and numbers of samples must be those of "
            + "the run that saved it.")
      }
      let (sum, overflow) = saved.members.reduce((0 as UInt64, false)) { result, member in
        let (sum, overflow) = result.0.addingReportingOverflow(member.drawCount)
        return (sum, result.1 || overflow)
      }
      guard !overflow, sum == saved.drawCount else {
        throw ModelError(
          .invalidArgument,
          "The saved position contradicts itself: the draws of its data sets do not add up; start anew.")
      }
      start = saved
    }
    self.members = members
    self.shard = shard
    position = start
    let total = members.reduce(0) { $0 + $1.weight }
    var sum = 0.0
    bounds = members.map { member in
      sum += member.weight / total
      return sum
    }
  }

  /// This rank's next sample. All ranks' draws up to the end of the step are counted, so that every rank holds the same
  /// position.
  public mutating func next() -> Draw {
    for _ in 0..<shard.rank { _ = advance() }
    let number = position.drawCount
    let (member, drawCount) = advance()
    for _ in (shard.rank + 1)..<shard.count { _ = advance() }
    let count = position.members[member].count
    let (epoch, place) = drawCount.quotientAndRemainder(dividingBy: UInt64(count))
    var keys = SampleGenerator(seed: position.seed, step: epoch, sample: UInt64(member) &+ 1)
    let order = RandomOrder(count: count, key: keys.next())
    return Draw(number: number, member: member, index: Int(order[place]), epoch: epoch)
  }

  /// The sample of a draw, masks decoded.
  /// - Throws: what the data set throws: `malformedFile` naming file and record.
  public func sample(_ draw: Draw) throws(ModelError) -> Sample {
    try members[draw.member].dataset.sample(at: draw.index)
  }

  /// Counts the next draw of all ranks: its data set, and the draws from that set before.
  private mutating func advance() -> (member: Int, drawCount: UInt64) {
    var generator = SampleGenerator(seed: position.seed, step: position.drawCount)
    let share = generator.uniform()
    let member = bounds.firstIndex { share < $0 } ?? bounds.count - 1
    let drawCount = position.members[member].drawCount
    position.drawCount &+= 1
    position.members[member].drawCount &+= 1
    return (member, drawCount)
  }

  private static func beginning(of position: Position) -> Position {
    var position = position
    position.drawCount = 0
    for index in position.members.indices { position.members[index].drawCount = 0 }
    return position
  }
}
