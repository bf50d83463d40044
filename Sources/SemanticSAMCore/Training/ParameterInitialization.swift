#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The numbers that a network has before its training (reference: the modules' own initialisers; Docs/Training.md lists them).
///
/// Each parameter is drawn from a generator of its own, started at the seed and the parameter's key: another layer more
/// or less changes nothing for the others.
struct ParameterInitialization: ParameterVisitor {
  var path = ParameterPath()
  let seed: UInt64
  /// Heads and points of the deformable attention of the encoder and of the decoder.
  let encoder: (heads: Int, points: Int)
  let decoder: (heads: Int, points: Int)
  /// The mask prior's gain.
  private static let priorGain: Float = 5

  init(_ configuration: Configuration, seed: UInt64) {
    self.seed = seed
    encoder = (configuration.pixelDecoder.heads, configuration.pixelDecoder.points)
    decoder = (configuration.decoder.crossAttentionHeads, configuration.decoder.crossAttentionPoints)
  }

  mutating func visit(_ weights: inout Weights) {
    let shape = weights.shape
    let taps = shape.dropFirst(2).reduce(1, *)
    fill(&weights.values, rule(inputs: shape[1] * taps, outputs: shape[0] * taps, isMatrix: true))
  }

  mutating func visit(_ parameter: inout Tensor) {
    let key = path.key
    if key.hasSuffix("sampling_offsets.bias") {
      let (heads, points) = key.contains(".encoder.") ? encoder : decoder
      parameter = Self.directions(heads: heads, points: points, count: parameter.count)
    } else {
      fill(&parameter, rule(inputs: parameter.channels, outputs: parameter.shape.first ?? 1, isMatrix: false))
    }
  }

  private func fill(_ tensor: inout Tensor, _ rule: Rule?) {
    guard let rule else { return }
    var generator = generator()
    tensor.withUnsafeMutableBufferPointer { numbers in
      for index in numbers.indices {
        numbers[index] =
          switch rule {
          case .constant(let value): value
          case .uniform(let bound): Float(generator.uniform(-Double(bound)...Double(bound)))
          case .normal(let deviation): Float(generator.normal()) * deviation
          }
      }
    }
  }

  private func generator() -> SampleGenerator {
    // FNV-1a, 64 bits.
    let hash = path.key.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    return SampleGenerator(seed: seed, step: hash)
  }

  /// How a tensor is filled.
  private enum Rule {
    case constant(Float)
    case uniform(Float)
    case normal(Float)
  }

  /// How the parameter is filled; `nil`: it stays as its layer makes it, which is 1 for a norm's weight and 0 for a bias.
  private func rule(inputs: Int, outputs: Int, isMatrix: Bool) -> Rule? {
    let key = path.key
    func ends(_ endings: String...) -> Bool { endings.contains { key.hasSuffix($0) } }
    if ends("mask_prior.gain") { return .constant(Self.priorGain) }
    if ends("level_embed") { return .normal(1) }
    if ends("label_enc.weight", "pb_embedding.weight", "mask_tokens.weight", "query_feat.weight", "query_embed.weight")
    {
      return .normal(1)
    }
    if ends("relative_position_bias_table") || key.contains("class_embed") || key.contains("lang_mapper") {
      return .normal(0.02)
    }
    if !isMatrix { return nil }
    // An untrained network answers with the prompt's own box, the prior's ellipse and the coarse mask.
    if ends(
      "sampling_offsets.weight", "attention_weights.weight", "_bbox_embed.layers.2.weight", "conv_out.weight",
      "mask_prompt.content.weight", "mask_prompt.logits.weight"
    ) {
      return .constant(0)
    }
    if key.contains(".backbone.") {
      return key.contains("backbone.layers") ? .normal(0.02) : .normal((2 / Float(outputs)).squareRoot())
    }
    let isHead = key.contains("_embed.layers") || key.contains("_head.layers") || key.contains("mask_refiner")
    return .uniform(isHead ? 1 / Float(inputs).squareRoot() : (6 / Float(inputs + outputs)).squareRoot())
  }

  /// Head h looks into direction h of a circle, its points one, two, ... cells away (Deformable DETR's initialiser).
  private static func directions(heads: Int, points: Int, count: Int) -> Tensor {
    let levels = count / max(heads * points * 2, 1)
    var values: [Float] = []
    for head in 0..<heads {
      let angle = 2 * Double.pi * Double(head) / Double(heads)
      let largest = max(abs(cos(angle)), abs(sin(angle)))
      for _ in 0..<levels {
        for point in 1...points {
          values.append(Float(cos(angle) / largest * Double(point)))
          values.append(Float(sin(angle) / largest * Double(point)))
        }
      }
    }
    return Tensor(values, shape: [count])
  }
}

extension SampleGenerator {
  /// A number of the standard normal distribution (Box and Muller).
  mutating func normal() -> Double {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return radius * cos(2 * .pi * uniform())
  }
}
