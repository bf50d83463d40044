import Testing

@testable import SemanticSAMCore

struct TrainingPromptTests {
  private static func rectangle(_ columns: Range<Int>, _ rows: Range<Int>) throws -> Mask {
    try Mask(
      width: 30, height: 20,
      bitmap: (0..<600).map { columns.contains($0 % 30) && rows.contains($0 / 30) ? 1 : 0 })
  }

  @Test func clicksFallWhereTheyShould() throws {
    let mask = try Self.rectangle(2..<23, 3..<16)
    let deepest = try #require(try mask.interiorPoint())
    let distances = try mask.squaredDistances()
    var generator = SampleGenerator(seed: 81)
    let always = ClickSampling(clickCount: 50, placement: .init(deepest: 1, deep: 0))
    #expect(try always.clicks(in: [mask], using: &generator).allSatisfy { $0.x == deepest.x && $0.y == deepest.y })
    let deep = try ClickSampling(clickCount: 2000, placement: .init(deepest: 0, deep: 1))
      .clicks(in: [mask], using: &generator)
    #expect(deep.allSatisfy { 4 * Int(distances[$0.y * 30 + $0.x]) >= deepest.squaredDistance })
    #expect(Set(deep.map { $0.y * 30 + $0.x }) == Set(distances.indices.filter { 4 * Int(distances[$0]) >= 49 }))
    let few = ClickSampling(clickCount: 24, clicksPerRegion: 3)
    #expect(try few.clicks(in: [mask, Self.rectangle(0..<4, 0..<4)], using: &generator).count == 6)
  }

  @Test func correctionsFallOnErrors() throws {
    let truth = try Self.rectangle(0..<10, 0..<10)
    let prediction = try Self.rectangle(5..<12, 0..<10)
    var generator = SampleGenerator(seed: 82)
    var positive = 0
    for _ in 0..<7000 {
      let click = try #require(try CorrectingClick(prediction: prediction, truth: truth, using: &generator))
      #expect(truth.contains(x: click.x, y: click.y) == click.isPositive)
      #expect(prediction.contains(x: click.x, y: click.y) != click.isPositive)
      positive += click.isPositive ? 1 : 0
    }
    // 50 pixels are missing and 20 too many: five standard deviations around five sevenths.
    #expect(abs(positive - 5000) < 190)
    #expect(try CorrectingClick(prediction: truth, truth: truth, using: &generator) == nil)
  }

  @Test func noiseStaysWithinItsReach() {
    let noise = PromptNoise()
    var generator = SampleGenerator(seed: 83)
    for _ in 0..<500 {
      let box = SIMD4(generator.uniform(), generator.uniform(), generator.uniform(), generator.uniform())
      let noisy = noise.noisy(box, isClick: false, using: &generator)
      for index in 0..<4 {
        let reach = 0.4 * (index < 2 ? box[index + 2] / 2 : box[index])
        #expect(abs(noisy[index] - box[index]) <= reach + 1e-12 && (0...1).contains(noisy[index]))
      }
    }
    let edges = PromptNoise.inverseSigmoid(SIMD4(0, 1, 0.5, 2))
    #expect(edges[2] == 0 && abs(edges[0] + 11.512925464970229) < 1e-12 && abs(edges[0] + edges[3]) < 1e-12)
  }

  @Test func theMostUncertainAreThoseOfSorting() {
    var generator = SampleGenerator(seed: 84)
    for (width, count) in [(1, 1), (1, 0), (10, 3), (500, 375), (4000, 3999), (64, 64), (3, 9)] {
      // Few different values make ties.
      let values = (0..<2 * width).map { _ in Float(generator.integer(below: width) - width / 2) / 7 }
      let chosen = UncertainPoints.mostUncertain(Tensor(values, shape: [2, width]), count: count)
      for row in 0..<2 {
        let order = (0..<width).sorted {
          (abs(values[row * width + $0]), $0) < (abs(values[row * width + $1]), $1)
        }
        #expect(chosen[row] == order.prefix(count).sorted())
      }
    }
  }

  @Test func pointsNearABoxLieInIt() {
    var generator = SampleGenerator(seed: 85)
    let masks = Tensor(repeating: 0, shape: [1, 4, 4])
    let points = PointPlacement.nearBoxes(count: 300, share: 2.0 / 3, extent: 1.6)
      .points(in: masks, of: [0], boxes: [SIMD4(0.1, 0.5, 0.2, 0.4)], using: &generator)
    #expect(points.shape == [1, 300, 2])
    let values = points.values
    for index in 0..<200 {
      #expect((0...0.2601).contains(values[2 * index]) && (0.1799...0.8201).contains(values[2 * index + 1]))
    }
    #expect((200..<300).contains { values[2 * $0] > 0.5 })
    let cells = PointPlacement.cells.points(in: masks, of: [0], boxes: [], using: &generator)
    #expect(cells.shape == [16, 2] && cells.values[0] == 0.125 && cells.values[31] == 0.875)
  }
}
