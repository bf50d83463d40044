import Testing

@testable import SemanticSAMCore

struct LossTests {
  // MARK: Boxes

  @Test func boxesOfTheWorkedExample() {
    let terms = BoxTerms(SIMD4(0.5, 0.5, 0.4, 0.2), SIMD4(0.55, 0.45, 0.3, 0.3))
    #expect(abs(terms.l1 - 0.3) < 1e-12)
    #expect(abs(1 - terms.giou - 0.537883052) < 1e-9)
    let empty = SIMD4(0.3, 0.3, 0.0, 0.0)
    #expect(BoxTerms(empty, empty).giou == 0)
  }

  @Test func gradientsOfBoxesAgreeWithCentralDifferences() {
    var generator = SampleGenerator(seed: 61)
    for _ in 0..<200 {
      let truth = SIMD4(
        generator.uniform(), generator.uniform(), 0.05 + generator.uniform(), 0.05 + generator.uniform())
      let box = SIMD4(
        generator.uniform(), generator.uniform(), 0.05 + generator.uniform(), 0.05 + generator.uniform())
      let gradients = BoxTerms.gradients(box, truth)
      for index in 0..<4 {
        var (low, high) = (box, box)
        low[index] -= 1e-7
        high[index] += 1e-7
        let (first, second) = (BoxTerms(low, truth), BoxTerms(high, truth))
        #expect(abs((second.l1 - first.l1) / 2e-7 - gradients.l1[index]) < 1e-5)
        #expect(abs((second.giou - first.giou) / 2e-7 - gradients.giou[index]) < 1e-5)
      }
    }
  }

  // MARK: Classes

  @Test func focalTermsHaveTheRightSlope() {
    for logit in [-40.0, -3, -0.2, 0, 0.7, 5, 40] {
      for isTrue in [false, true] {
        let slope = FocalLoss.term(logit, isTrue: isTrue).slope
        let low = FocalLoss.term(logit - 1e-5, isTrue: isTrue).value
        let high = FocalLoss.term(logit + 1e-5, isTrue: isTrue).value
        #expect(abs((high - low) / 2e-5 - slope) < 1e-8 * max(1, abs(logit)))
      }
    }
  }

  /// Queries of unknown things count nothing, and of incomplete classes only queries that match something.
  @Test func exceptionsOfTheFocalLoss() throws {
    var generator = SampleGenerator(seed: 65)
    let logits = Tensor((0..<12).map { _ in Float(generator.uniform(-3...3)) }, shape: [4, 3])
    let classes: [Int?] = [1, nil, nil, 0]
    let exceptions = FocalLoss.Exceptions(queries: [2], classes: [0])
    let tape = Tape()
    let watched = tape.watching(logits)
    let loss = FocalLoss.loss(logits: watched, classes: classes, exceptions: exceptions, normalizer: 2)
    var sum = 0.0
    var counts = [Bool](repeating: false, count: 12)
    for row in [0, 1, 3] {
      for column in 0..<3 where classes[row] != nil || column != 0 {
        sum += FocalLoss.term(Double(logits.values[3 * row + column]), isTrue: classes[row] == column).value
        counts[3 * row + column] = true
      }
    }
    #expect(abs(Double(loss.values[0]) - sum / 2) < 1e-6)
    let gradient = try #require(tape.gradients(of: loss)[watched]).values
    #expect(gradient.map { $0 != 0 } == counts)
  }

  /// A thing that has an object's name only is no part; one without a name may be anything.
  @Test func decoupledNames() throws {
    var generator = SampleGenerator(seed: 66)
    func random(_ shape: [Int]) -> Tensor {
      Tensor((0..<shape.reduce(1, *)).map { _ in Float(generator.uniform(-2...2)) }, shape: shape)
    }
    let boxes = Tensor([Float](repeating: 0.5, count: 16), shape: [4, 4])
    let layer = LayerPrediction(
      masks: random([4, 2, 2]), boxes: boxes, objects: random([4, 2]), parts: random([4, 3]))
    // A car, its wheel, and something without a name.
    let truth = TrainingTruth(
      masks: nil, boxes: [SIMD4](repeating: SIMD4(0.5, 0.5, 0.2, 0.2), count: 3), objects: [0, 0, nil],
      parts: [nil, 2, nil])
    let matches = (0..<3).map { Match(prediction: $0, target: $0, slot: $0) }
    let pairs = PairLoss(prediction: layer, truth: truth, matches: matches, normalizer: 1)
    func expected(_ logits: Tensor?, _ classes: [Int?], _ rows: [Int]) -> Float {
      let kept = rows.flatMap { logits?.rows($0..<$0 + 1).values ?? [] }
      let width = logits?.channels ?? 1
      return FocalLoss.loss(
        logits: Tensor(kept, shape: [rows.count, width]), classes: rows.map { classes[$0] }, normalizer: 1
      ).values[0]
    }
    let all = pairs.nameTerms(weights: LossWeights(), form: .allQueries, place: "0").terms.map { $0.value.values[0] }
    #expect(abs(all[0] - expected(layer.objects, [0, 0, nil, nil], [0, 1, 3])) < 1e-5)
    #expect(abs(all[1] - expected(layer.parts, [nil, 2, nil, nil], [0, 1, 3])) < 1e-5)
    let matched = pairs.matchedNameTerms(weights: LossWeights(), scale: 1, place: "0").terms
      .map { $0.value.values[0] }
    #expect(abs(matched[0] - expected(layer.objects, [0, 0, nil, nil], [0, 1])) < 1e-5)
    #expect(abs(matched[1] - expected(layer.parts, [nil, 2, nil, nil], [0, 1])) < 1e-5)
    // The costs of both kinds are added.
    let costs = OneToOne().terms(classes: layer.classCosts(truth), masks: nil, boxes: boxes, trueBoxes: truth.boxes)
    let objects = try #require(layer.objects).values.map { MatchCosts.classification(logit: Double($0)) }
    let parts = try #require(layer.parts).values.map { MatchCosts.classification(logit: Double($0)) }
    #expect(abs(costs[0].classification - objects[0]) < 1e-9)
    #expect(abs(costs[1].classification - (objects[0] + parts[2])) < 1e-9)
    #expect(costs[2].classification == 0)
  }

  @Test func similaritiesReachEveryInput() {
    var generator = SampleGenerator(seed: 62)
    func random(_ shape: [Int]) -> Tensor {
      Tensor((0..<shape.reduce(1, *)).map { _ in Float(generator.uniform(-1...1)) }, shape: shape)
    }
    let inputs = [random([3, 4]), random([4, 5]), random([2, 5]), Tensor([0.7], shape: [1])]
    let seed = random([3, 2])
    // Queries, projection, texts and the logarithm of the scale, as `TextProjections` compares them.
    func similarities(_ inputs: [Tensor]) -> Tensor {
      inputs[0].product(with: inputs[1]).normalizedRows(addend: 1e-7).product(transposing: inputs[2])
        .scaled(byExponentialOf: inputs[3])
    }
    func value(_ inputs: [Tensor]) -> Double {
      let logits = similarities(inputs)
      return zip(logits.values, seed.values).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    }
    let tape = Tape()
    let watched = inputs.map(tape.watching)
    let logits = similarities(watched)
    let gradients = tape.gradients(of: logits, seed: seed)
    for (place, input) in inputs.enumerated() {
      let gradient = gradients[watched[place]]?.values ?? []
      #expect(gradient.count == input.count)
      for index in gradient.indices {
        func moved(by step: Float) -> Double {
          var (values, moved) = (input.values, inputs)
          values[index] += step
          moved[place] = Tensor(values, shape: input.shape)
          return value(moved)
        }
        // Single precision leaves about four digits of a difference.
        let difference = (moved(by: 0x1p-7) - moved(by: -0x1p-7)) / 0x1p-6
        #expect(abs(difference - Double(gradient[index])) < 2e-3)
      }
    }
  }

  // MARK: Prompts

  private static func square(_ side: Int, at origin: Int = 0) throws -> Mask {
    try Mask(
      width: 16, height: 16,
      bitmap: (0..<256).map {
        let (row, column) = $0.quotientAndRemainder(dividingBy: 16)
        return (origin..<origin + side).contains(row) && (origin..<origin + side).contains(column) ? 1 : 0
      })
  }

  private static func layer(queries: Int, using generator: inout SampleGenerator) -> LayerPrediction {
    func random(_ shape: [Int], _ range: ClosedRange<Double>) -> Tensor {
      Tensor((0..<shape.reduce(1, *)).map { _ in Float(generator.uniform(range)) }, shape: shape)
    }
    return LayerPrediction(
      masks: random([queries, 4, 4], -2...2), boxes: random([queries, 4], 0.2...0.6), ious: random([queries], 0...1))
  }

  @Test func noTargetsGiveNoLoss() throws {
    var generator = SampleGenerator(seed: 63)
    let layer = Self.layer(queries: 6, using: &generator)
    let truth = try TrainingTruth([], width: 16, height: 16)
    for loss in [PromptLoss(), .manyToOne, .compact] {
      let result = try loss(
        [layer], prompts: [PromptTargets(queries: 0..<6, targets: [])], truth: truth, normalizer: 0, using: &generator)
      #expect(result.terms.total.values == [0])
      #expect(result.matches.isEmpty)
    }
    let generic = try GenericLoss()(
      [("0", layer)], truth: truth, normalizer: 0, using: &generator)
    #expect(generic.total.values == [0])
  }

  /// Two pictures divided by the count of both give the loss of the batch; random numbers come from each picture's own
  /// generator, so the order does not matter.
  @Test func everyRecipeTrainsItsQueries() throws {
    let masks = try [Self.square(5), Self.square(9), Self.square(4, at: 8)]
    let truth = try TrainingTruth(masks, width: 20, height: 16)
    #expect(truth.boxes[0] == SIMD4(0.125, 2.5 / 16, 0.25, 5.0 / 16))
    let prompts = [
      PromptTargets(queries: 0..<6, targets: [0, 1]), PromptTargets(queries: 6..<12, targets: [2]),
      PromptTargets(queries: 12..<13, targets: [2], isBox: true),
    ]
    for loss in [
      PromptLoss(points: .uncertain(UncertainPoints(count: 40))), PromptLoss(assignment: .manyToOne, points: .cells),
      .compact,
    ] {
      var generator = SampleGenerator(seed: 64, step: 3, sample: 1)
      let tape = Tape()
      var layers = (0..<3).map { _ in Self.layer(queries: 13, using: &generator) }
      for index in layers.indices {
        layers[index].masks = tape.watching(layers[index].masks)
        layers[index].boxes = tape.watching(layers[index].boxes)
        layers[index].ious = layers[index].ious.map(tape.watching)
      }
      let count = loss.count(of: prompts)
      let isByPrompt = loss.assignment == .manyToOne || loss.dividesByPrompts
      #expect(count == (isByPrompt ? 3 : 4))
      var again = generator
      let result = try loss(
        layers, prompts: prompts, truth: truth, normalizer: Double(count), using: &generator)
      #expect(result.matches.count == (loss.assignment == .manyToOne ? 3 : 4))
      #expect(result.terms.firstNotFinite == nil)
      #expect(result.terms.sums.map(\.name) == ["bce", "dice", "box", "giou", "iou"])
      let repeated = try loss(
        layers, prompts: prompts, truth: truth, normalizer: Double(count), using: &again)
      #expect(repeated.terms.total.values == result.terms.total.values)
      let halved = try loss(
        layers, prompts: prompts, truth: truth, normalizer: 2 * Double(count), using: &again)
      #expect(halved.terms.terms.count == result.terms.terms.count)
      let gradients = tape.gradients(of: result.terms.total)
      for layer in layers {
        let masks = try #require(gradients[layer.masks]).values
        for query in 0..<13 {
          let isMoved = masks[query * 16..<(query + 1) * 16].contains { $0 != 0 }
          if layer.masks.values == layers[2].masks.values {
            #expect(isMoved == result.matches.contains { $0.prediction == query })
          }
        }
        let watched = try #require(layer.ious)
        let ious = try #require(gradients[watched]).values
        #expect(ious.count { $0 != 0 } == (loss.iouTarget == .bestUnderPrompt ? 13 : count))
      }
    }
  }

  @Test func lossesOfPairsAgreeWithCentralDifferences() throws {
    let truth = try TrainingTruth([Self.square(7), Self.square(4, at: 8)], width: 16, height: 16)
    let prompts = [PromptTargets(queries: 0..<2, targets: [0, 1])]
    let loss = PromptLoss(weights: LossWeights(maskCrossEntropy: 2, dice: 3, box: 1, giou: 2, iou: 4))
    var generator = SampleGenerator(seed: 65)
    let layer = Self.layer(queries: 2, using: &generator)
    let matches = [Match(prediction: 0, target: 1, slot: 1), Match(prediction: 1, target: 0, slot: 0)]
    let points = Tensor.uniformPoints([2, 33], using: &generator)
    func total(_ layer: LayerPrediction) -> Tensor {
      loss.terms(
        layer, matches: matches, points: points, samples: nil, prompts: prompts, truth: truth, normalizer: 1, scale: 1,
        place: "0"
      ).total
    }
    let tape = Tape()
    var watched = layer
    watched.masks = tape.watching(layer.masks)
    let gradient = try #require(tape.gradients(of: total(watched))[watched.masks]).values
    for index in 0..<32 {
      func moved(by step: Float) -> Double {
        var (values, moved) = (layer.masks.values, layer)
        values[index] += step
        moved.masks = Tensor(values, shape: layer.masks.shape)
        return Double(total(moved).values[0])
      }
      #expect(abs((moved(by: 0x1p-5) - moved(by: -0x1p-5)) / 0x1p-4 - Double(gradient[index])) < 2e-4)
    }
  }

  // MARK: Refiner

  @Test func refinedMasksAreComparedInsideThePhotograph() throws {
    // The right half of the input is padding; the grid covers the whole input.
    let truth = try TruthMasks([Self.square(8)], width: 32, height: 16)
    let boxes = Tensor([0.5, 0.5, 1, 1], shape: [1, 4])
    func loss(_ logits: [Float]) -> LossTerms {
      RefinerLoss()(
        .init(
          logits: Tensor(logits, shape: [1, 4, 4]), ious: Tensor([1], shape: [1, 1]), boxes: boxes, extent: 1),
        targets: [.init(mask: 0, candidates: [0])], truth: truth, photograph: SIMD2(0.5, 1), normalizer: 1)
    }
    // Cells are 8 x 4 pixels: the true square is the upper two of the first column.
    var logits = [Float](repeating: -20, count: 16)
    logits[0] = 20
    logits[4] = 20
    // What lies in the padding does not count.
    logits[3] = 20
    let terms = loss(logits).terms
    #expect(terms.map(\.name) == ["refined-bce.0", "refined-dice.0", "refined-iou.0"])
    for term in terms { #expect(term.value.values[0] < 1e-6) }
    logits[0] = -20
    #expect(loss(logits).terms[0].value.values[0] > 2)
    // Half of the square is found.
    #expect(abs(loss(logits).terms[2].value.values[0] - 0.25) < 1e-6)
  }
}
