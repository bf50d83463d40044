import Foundation
import SemanticSAMDefaultModel
import SemanticSAMImages
import Testing

@testable import SemanticSAMCore

/// How far answers computed in bf16 are from the goldens, which were computed in double precision.
struct BF16ParityTests {
  /// Logits of masks beside a golden's, and how well the masks cut out of both agree.
  private struct Comparison {
    private var difference = 0.0
    private var norm = 0.0
    private var ious: [Double] = []

    var relativeL2: Double { (difference / norm).squareRoot() }
    var meanIoU: Double { ious.reduce(0, +) / Double(ious.count) }
    var leastIoU: Double { ious.min() ?? 0 }

    /// - Parameter cut: where masks are cut; `nil`: at the median of the golden's logits.
    init(_ tensor: String, _ golden: Golden, _ values: [Float], cut: Double? = nil) throws {
      let expected = try golden.doubles(tensor)
      let shape = try golden.shape(tensor)
      let stride = golden.stride(tensor)
      let cells = shape.suffix(2).reduce(1, *)
      #expect(values.count == shape.reduce(1, *))
      var masks: [Int: [(Double, Double)]] = [:]
      for (index, reference) in expected.enumerated() {
        let value = Double(values[index * stride])
        difference += (value - reference) * (value - reference)
        norm += reference * reference
        masks[index * stride / cells, default: []].append((value, reference))
      }
      for pairs in masks.values {
        let sorted = pairs.map(\.1).sorted()
        let threshold = cut ?? sorted[sorted.count / 2]
        let both = pairs.count { $0.0 > threshold && $0.1 > threshold }
        let either = pairs.count { $0.0 > threshold || $0.1 > threshold }
        ious.append(either == 0 ? 1 : Double(both) / Double(either))
      }
    }
  }

  private static func goldens(_ kinds: [String], of models: [String]) throws -> [Golden] {
    try FileManager.default.contentsOfDirectory(atPath: SharedData.goldens)
      .filter { $0.hasSuffix(".safetensors") }.sorted()
      .map { try Golden(contentsOf: SharedData.goldens + "/" + $0) }
      .filter { kinds.contains($0.kind) && models.contains($0.model) }
  }

  /// Swin networks with weights by rule.
  @Test func masksOfSwinStayNearTheGoldens() throws {
    for golden in try Self.goldens(["prompt"], of: ["tiny", "swinT", "swinL"]) {
      let configuration = try Configuration.preset(golden.model)
      let isHalf = golden.file.metadata["weights"]?.contains("f16") ?? false
      var network = try FixtureWeights.network(configuration, isHalf: isHalf)
      try network.packWeights(.bfloat16, dropsValues: true)
      let prediction = try ReferenceParity.prediction(golden, network, configuration.image)
      let comparison = try Comparison("low_res_masks", golden, prediction.masks.values)
      print(
        "bf16, \(golden.name): relative L2 \(comparison.relativeL2), IoU \(comparison.meanIoU), "
          + "least \(comparison.leastIoU)")
      #expect(comparison.relativeL2 <= 3e-2, "\(golden.name)")
      #expect(comparison.meanIoU >= 0.97, "\(golden.name)")
      #expect(comparison.leastIoU >= 0.94, "\(golden.name)")
    }
  }

  /// The built-in network; masks are cut at logit 0.
  @Test func masksOfTheDefaultModelStayNearTheGoldens() throws {
    let model = try SemanticSAM.load(.embedded, precision: .bfloat16)
    #expect(model.precision == .bfloat16)
    for golden in try Self.goldens(["prompt", "photograph"], of: ["default"]) {
      let masks = try DefaultParity.masks(golden, model)
      let comparison = try Comparison("masks", golden, masks, cut: 0)
      print(
        "bf16, \(golden.name): relative L2 \(comparison.relativeL2), IoU at 0 \(comparison.meanIoU), "
          + "least \(comparison.leastIoU)")
      #expect(comparison.relativeL2 <= 3e-2, "\(golden.name)")
      #expect(comparison.meanIoU >= 0.97, "\(golden.name)")
    }
  }

  @Test func weightsTakeHalfTheMemory() throws {
    let half = Weights(values: Tensor(repeating: 1, shape: [96, 64]))
    var (single, packed) = (half, half)
    single.pack(.float32, dropsValues: true)
    packed.pack(.bfloat16, dropsValues: true)
    #expect(2 * packed.kernelLayout().size == single.kernelLayout().size)
  }

  @Test func automaticIsOneOfThem() {
    #expect(Precision.allCases.contains(.automatic))
  }
}
