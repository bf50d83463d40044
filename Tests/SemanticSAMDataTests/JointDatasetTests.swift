import Foundation
import SemanticSAMCore
import SemanticSAMData
import Testing

struct JointDatasetTests {
  /// Samples without pictures.
  private struct Numbers: Dataset {
    var name: String
    var count: Int
    var categories: CategoryTables { CategoryTables() }

    func sample(at index: Int) throws(ModelError) -> Sample {
      Sample(
        image: ImageReference(id: "\(index)", place: .file("\(index)"), width: 1, height: 1), regions: [], source: name)
    }
  }

  private static let members: [JointDataset.Member] = [
    .init(Numbers(name: "a", count: 97), weight: 5), .init(Numbers(name: "b", count: 1000), weight: 3),
    .init(Numbers(name: "c", count: 1), weight: 2),
  ]

  @Test func sharesAreThoseOfTheWeights() throws {
    var joint = try JointDataset(Self.members, seed: 1)
    var counts = [0, 0, 0]
    let drawCount = 100_000
    for number in 0..<drawCount {
      let draw = joint.next()
      #expect(draw.number == UInt64(number))
      counts[draw.member] += 1
    }
    for (count, share) in zip(counts, [0.5, 0.3, 0.2]) {
      // Five standard deviations of a binomial distribution.
      let deviation = (Double(drawCount) * share * (1 - share)).squareRoot()
      #expect(abs(Double(count) - Double(drawCount) * share) < 5 * deviation)
    }
    #expect(joint.position.members.map(\.drawCount) == counts.map(UInt64.init))
  }

  @Test(arguments: [1, 2, 3, 64]) func shardsAreDisjointAndCover(shardCount: Int) throws {
    var shards = try (0..<shardCount).map {
      try JointDataset(Self.members, seed: 2, shard: .init(rank: $0, of: shardCount))
    }
    var draws: [JointDataset.Draw] = []
    for _ in 0..<(12_800 / shardCount) {
      for rank in shards.indices { draws.append(shards[rank].next()) }
      #expect(Set(shards.map(\.position)).count == 1)
    }
    #expect(draws.map(\.number) == (0..<UInt64(draws.count)).map { $0 })
    for member in Self.members.indices {
      let own = draws.filter { $0.member == member }
      let count = Self.members[member].dataset.count
      for (epoch, start) in stride(from: 0, to: own.count, by: count).enumerated() {
        let part = own[start..<min(start + count, own.count)]
        #expect(part.allSatisfy { $0.epoch == UInt64(epoch) })
        #expect(Set(part.map(\.index)).count == part.count)
        #expect(part.allSatisfy { (0..<count).contains($0.index) })
      }
    }
    // The mixture does not depend on the number of shards.
    var whole = try JointDataset(Self.members, seed: 2)
    #expect(draws == draws.map { _ in whole.next() })
  }

  @Test func epochsAndSeedsHaveOrdersOfTheirOwn() throws {
    let member = JointDataset.Member(Numbers(name: "n", count: 500), weight: 1)
    func order(seed: UInt64, epochs: Int) throws -> [[Int]] {
      var joint = try JointDataset([member], seed: seed)
      return (0..<epochs).map { _ in (0..<500).map { _ in joint.next().index } }
    }
    let orders = try order(seed: 3, epochs: 4) + order(seed: 4, epochs: 4)
    #expect(Set(orders).count == 8)
    #expect(orders.allSatisfy { $0.sorted() == Array(0..<500) })
    // A random order has few numbers at their own place: 1 on average.
    #expect(orders.allSatisfy { order in order.indices.count { order[$0] == $0 } < 10 })
  }

  @Test func resumedRunsGoOnAsIfNothingHappened() throws {
    for (stop, shardCount) in [(0, 1), (1, 1), (1234, 1), (777, 4)] {
      let shard = JointDataset.Shard(rank: shardCount - 1, of: shardCount)
      var joint = try JointDataset(Self.members, seed: 5, shard: shard)
      for _ in 0..<stop { _ = joint.next() }
      let saved = try JSONEncoder().encode(joint.position)
      let position = try JSONDecoder().decode(JointDataset.Position.self, from: saved)
      var resumed = try JointDataset(Self.members, seed: 5, shard: shard, from: position)
      for _ in 0..<2_000 { #expect(resumed.next() == joint.next()) }
      #expect(resumed.position == joint.position)
    }
  }

  @Test func badMixturesAreErrors() throws {
    let member = Self.members[0]
    func refuses(
      _ members: [JointDataset.Member], seed: UInt64 = 1, rank: Int = 0, of count: Int = 1,
      from position: JointDataset.Position? = nil
    ) {
      #expect(throws: ModelError.self) {
        try JointDataset(members, seed: seed, shard: .init(rank: rank, of: count), from: position)
      }
    }
    refuses([])
    refuses([.init(Numbers(name: "empty", count: 0), weight: 1)])
    for weight in [0, -1, .nan, .infinity] { refuses([.init(member.dataset, weight: weight)]) }
    refuses([member], rank: 1)
    refuses([member], rank: -1)
    refuses([member], of: 0)
    let position = try JointDataset([member], seed: 1).position
    refuses(Self.members, from: position)
    refuses([member], seed: 2, from: position)
    let text = try #require(String(data: JSONEncoder().encode(position), encoding: .utf8))
    let changed = text.replacing(#""drawCount":0"#, with: #""drawCount":7"#, maxReplacements: 1)
    refuses([member], from: try JSONDecoder().decode(JointDataset.Position.self, from: Data(changed.utf8)))
  }

  @Test func samplesComeFromTheDrawnDataset() throws {
    var joint = try JointDataset(Self.members, seed: 6)
    for _ in 0..<20 {
      let draw = joint.next()
      let sample = try joint.sample(draw)
      #expect(sample.source == Self.members[draw.member].dataset.name && sample.image.id == "\(draw.index)")
    }
  }
}
