import Foundation
import Testing

@testable import SemanticSAMCore

struct OptimizerTests {
  @Test func schedules() throws {
    let cosine = Schedule(.cosine(steps: 100, floor: 0.02), warmUpSteps: 10, warmUpStart: 0.5)
    #expect(cosine.multiplier(at: 0) == 0.5)
    #expect(abs(cosine.multiplier(at: 5) - (0.5 + 0.5 * (cosine.multiplier(at: 10) - 0.5))) < 1e-12)
    #expect(abs(cosine.multiplier(at: 50) - 0.51) < 1e-12)
    #expect(cosine.multiplier(at: 100) == 0.02 && cosine.multiplier(at: 900) == 0.02)
    #expect(Schedule.reference.multiplier(at: 0) == 1)
    #expect(Schedule.reference.multiplier(at: 327_777) == 1)
    #expect(abs(Schedule.reference.multiplier(at: 355_092) - 0.01) < 1e-15)
    #expect(Schedule(.constant).multiplier(at: 7) == 1)
    let decoded = try JSONDecoder().decode(Schedule.self, from: JSONEncoder().encode(cosine))
    #expect(decoded == cosine)
  }

  @Test func groupsFollowKeysAndShapes() {
    let groups = ParameterGroups.reference
    func factors(_ key: String, _ shape: [Int] = [4]) -> [Double] {
      let factors = groups.factors(key: key, shape: shape)
      return [factors.rate, factors.decay]
    }
    #expect(factors("backbone.layers.0.blocks.1.norm2.bias") == [0.1, 0])
    #expect(factors("backbone.layers.0.blocks.1.mlp.fc1.bias") == [0.1, 1])
    #expect(factors("model.backbone.layers.0.attn.relative_position_bias_table", [9, 2]) == [0.1, 0])
    #expect(factors("sem_seg_head.pixel_decoder.input_proj.2.1.weight") == [1, 0])
    #expect(factors("sem_seg_head.pixel_decoder.input_proj.2.0.weight") == [1, 1])
    #expect(factors("sem_seg_head.pixel_decoder.adapter_1.norm.weight") == [1, 0])
    #expect(factors("sem_seg_head.predictor.decoder_norm.weight") == [1, 0])
    #expect(factors("sem_seg_head.predictor.mask_tokens.weight", [6, 4]) == [1, 0])
    #expect(factors("sem_seg_head.pixel_decoder.transformer.level_embed", [3, 4]) == [1, 1])
    let compact = ParameterGroups.compact
    #expect(compact.factors(key: "backbone.stem.weight", shape: [8, 27]).rate == 0.1)
    #expect(compact.factors(key: "backbone.stem.weight", shape: [8, 27]).decay == 1)
    #expect(compact.factors(key: "decoder.norm.weight", shape: [8]).decay == 0)
    let wild = ParameterGroups([.init(pattern: "a*b*c.d", rate: 0)])
    #expect(wild.factors(key: "x.a1b2c.d.e", shape: []).rate == 0)
    #expect(wild.factors(key: "x.ac.d", shape: []).rate == 1)
    #expect(wild.factors(key: "x.abcb.d", shape: []).rate == 1)
  }

  @Test func statesAreRestored() throws {
    var optimizer = AdamW()
    var parameter = Tensor([1, 2], shape: [2])
    for step in 0..<3 {
      optimizer.beginStep()
      optimizer.update(
        &parameter, key: "w", gradient: Tensor([Float(step), 1], shape: [2]), rate: 0.1, decay: 0.01)
    }
    var restored = try AdamW(stepCount: optimizer.stepCount, tensors: optimizer.tensors)
    var (first, second) = (parameter, parameter)
    optimizer.beginStep()
    restored.beginStep()
    optimizer.update(&first, key: "w", gradient: nil, rate: 0.1, decay: 0.01)
    restored.update(&second, key: "w", gradient: Tensor(repeating: 0, shape: [2]), rate: 0.1, decay: 0.01)
    #expect(first.values == second.values && first.values != parameter.values)
    #expect(throws: ModelError.self) { try AdamW(stepCount: 1, tensors: ["exp_avg.w": parameter]) }
  }

  @Test func averagesFollowTheirParameters() {
    var average = MovingAverage(decay: 0.75)
    average.update(Tensor([4], shape: [1]), key: "w")
    average.update(Tensor([8], shape: [1]), key: "w")
    #expect(average.tensors["w"]?.values == [5])
  }

  @Test func longGradientsAreClipped() {
    var gradients = ParameterGradients()
    gradients.append("a", Tensor([3, 0], shape: [2]))
    gradients.append("b", Tensor([4], shape: [1]))
    #expect(gradients.norm == 5)
    #expect(abs(ParameterGradients.clipping(norm: 5, limit: 0.01) - 0.002) < 1e-8)
    #expect(ParameterGradients.clipping(norm: 0.001, limit: 0.01) == 1)
    gradients.append("c", Tensor([.nan], shape: [1]))
    #expect(!gradients.norm.isFinite)
  }
}
