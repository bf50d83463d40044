import SemanticSAMCore
import Testing

struct ClickSamplingTests {
  private static func square(_ side: Int) throws -> Mask {
    try Mask(width: 20, height: 20, bitmap: (0..<400).map { $0 % 20 < side && $0 / 20 < side ? 1 : 0 })
  }

  @Test func targetsAreTheMasksUnderTheClick() throws {
    let masks =
      try [9, 3, 20, 5].map(Self.square) + [try Mask(width: 20, height: 20, bitmap: .init(repeating: 0, count: 400))]
    var generator = SampleGenerator(seed: 1)
    let clicks = try ClickSampling(clickCount: 200).clicks(in: masks, using: &generator)
    #expect(clicks.count == 200)
    for click in clicks {
      #expect(masks[click.region].contains(x: click.x, y: click.y))
      #expect(click.targets == masks.indices.filter { masks[$0].contains(x: click.x, y: click.y) })
      #expect(click.targets.contains(click.region))
    }
    // One order over and over: each of the four masks that are not empty is clicked equally often.
    for region in 0..<4 { #expect(clicks.count { $0.region == region } == 50) }
    #expect(clicks.indices.dropFirst(4).allSatisfy { clicks[$0].region == clicks[$0 - 4].region })
    var again = SampleGenerator(seed: 1)
    #expect(try ClickSampling(clickCount: 200).clicks(in: masks, using: &again) == clicks)
  }

  @Test func targetsAreCutToTheLimit() throws {
    let masks = try (11...20).map(Self.square)
    var generator = SampleGenerator(seed: 2)
    let clicks = try ClickSampling().clicks(in: masks, using: &generator)
    #expect(clicks.count == 60)
    for click in clicks {
      let all = Set(masks.indices.filter { masks[$0].contains(x: click.x, y: click.y) })
      #expect(click.targets.count == min(all.count, 6))
      #expect(Set(click.targets).count == click.targets.count && all.isSuperset(of: click.targets))
    }
    // Every mask is among the six sometimes.
    #expect(Set(clicks.flatMap(\.targets)) == Set(masks.indices))
  }

  @Test func pixelsAreUniform() throws {
    let mask = try Mask(width: 4, height: 3, bitmap: [0, 1, 1, 0, 1, 0, 0, 1, 1, 1, 1, 1])
    var generator = SampleGenerator(seed: 3)
    let clicks = try ClickSampling(clickCount: 80_000).clicks(in: [mask], using: &generator)
    var counts: [Int: Int] = [:]
    for click in clicks { counts[click.y * 4 + click.x, default: 0] += 1 }
    #expect(counts.count == mask.area)
    // Five standard deviations around an eighth of the clicks.
    #expect(counts.values.allSatisfy { abs($0 - 10_000) < 470 })
  }

  @Test func nothingToClickGivesNoClicks() throws {
    var generator = SampleGenerator(seed: 4)
    #expect(try ClickSampling().clicks(in: [], using: &generator).isEmpty)
    let empty = try Mask(width: 2, height: 1, bitmap: [0, 0])
    #expect(try ClickSampling().clicks(in: [empty], using: &generator).isEmpty)
    #expect(throws: ModelError.self) { try ClickSampling(clickCount: 0).clicks(in: [empty], using: &generator) }
    #expect(throws: ModelError.self) {
      try ClickSampling().clicks(in: [empty, Self.square(3)], using: &generator)
    }
  }
}
