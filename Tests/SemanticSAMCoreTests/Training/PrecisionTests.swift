import Testing

@testable import SemanticSAMCore

/// Training whose products are computed in bf16.
struct PrecisionTests {
  private static func losses(_ precision: Precision, steps: Int) throws -> [Double] {
    var recipe = TrainingScenes.tiny
    recipe.precision = precision
    recipe.course = Recipe.Course(kind: .constant)
    recipe.steps = steps
    var trainer = try TrainingScenes.trainer(recipe)
    let sample = try TrainingScenes.sample(7)
    return try (0..<steps).map { _ in try trainer.train([sample]).loss }
  }

  /// The loss of a network that sees one picture again and again falls in bf16 as it falls in f32.
  @Test func theLossFallsAlike() throws {
    let steps = 200
    let single = try Self.losses(.float32, steps: steps)
    let half = try Self.losses(.bfloat16, steps: steps)
    func mean(_ losses: ArraySlice<Double>) -> Double { losses.reduce(0, +) / Double(losses.count) }
    let fall = (mean(single.prefix(5)) - mean(single.suffix(5)), mean(half.prefix(5)) - mean(half.suffix(5)))
    print("training: the loss falls by \(fall.0) in f32, by \(fall.1) in bf16, from \(mean(single.prefix(5)))")
    #expect(single != half)
    // The first step differs by the rounding of products; later ones also by where each network has got to.
    #expect(abs(half[0] - single[0]) < 0.01 * single[0])
    #expect(min(fall.0, fall.1) > 0.5 * mean(single.prefix(5)))
    #expect(fall.1 > 0.8 * fall.0 && fall.1 < 1.25 * fall.0)
  }

  @Test func theWeightsStayInSinglePrecision() throws {
    var recipe = TrainingScenes.tiny
    recipe.precision = .bfloat16
    var trainer = try TrainingScenes.trainer(recipe)
    try TrainingScenes.train(&trainer, upTo: 1)
    let all = try trainer.network.parameters { _ in true }
    // A number of bf16 has 16 zeros behind it.
    let count = all.tensors.reduce(0) { $0 + $1.values.count { $0.bitPattern & 0xffff != 0 } }
    #expect(count > trainer.network.parameterCount / 2)
    let read = try Recipe(json: recipe.json(), name: "test")
    #expect(read == recipe && read.precision == .bfloat16)
  }
}
