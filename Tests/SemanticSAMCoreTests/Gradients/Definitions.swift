import Foundation
import TensorKernels

@testable import SemanticSAMCore

/// Plain definitions in f64 of what the tests of gradients differentiate.
enum Definition {
  static func activate(_ x: Double, _ activation: Activation) -> Double {
    switch activation {
    case .none: x
    case .relu: max(x, 0)
    case .relu6: min(max(x, 0), 6)
    case .gelu: 0.5 * x * (1 + erf(x / 2.0.squareRoot()))
    }
  }

  /// `activation(x W^T + bias) + residual`; `bias` and `residual` may be empty.
  static func linear(
    _ x: [Double], _ weights: [Double], outputs: Int, bias: [Double] = [], activation: Activation = .none,
    residual: [Double] = [], rows: Range<Int>? = nil
  ) -> [Double] {
    let inputs = weights.count / outputs
    let rows = rows ?? 0..<outputs
    var result: [Double] = []
    for row in 0..<x.count / inputs {
      for output in rows {
        var sum = bias.isEmpty ? 0 : bias[output]
        for input in 0..<inputs { sum += x[row * inputs + input] * weights[output * inputs + input] }
        result.append(activate(sum, activation) + (residual.isEmpty ? 0 : residual[result.count]))
      }
    }
    return result
  }

  /// `activation(convolution + bias) + residual` of maps `[N, H, W, C]`, weights `[out, C, kh, kw]`, depthwise
  /// `[C, 1, kh, kw]`; zeros beyond the edges.
  static func convolution(
    _ s: ConvolutionShape, isDepthwise: Bool, _ x: [Double], _ weights: [Double], bias: [Double] = [],
    activation: Activation = .none, residual: [Double] = []
  ) -> [Double] {
    let taps = s.kernel_height * s.kernel_width
    var result: [Double] = []
    for map in 0..<s.batch {
      for y in 0..<s.output_height {
        for column in 0..<s.output_width {
          for output in 0..<s.output_channels {
            var sum = 0.0
            if !bias.isEmpty { sum = bias[bias.count > s.output_channels ? map * s.output_channels + output : output] }
            for i in 0..<s.kernel_height {
              for j in 0..<s.kernel_width {
                let row = y * s.stride + i * s.dilation - s.padding_top
                let place = column * s.stride + j * s.dilation - s.padding_left
                guard (0..<s.height).contains(row), (0..<s.width).contains(place) else { continue }
                let pixel = ((map * s.height + row) * s.width + place) * s.channels
                let tap = i * s.kernel_width + j
                if isDepthwise {
                  sum += x[pixel + output] * weights[output * taps + tap]
                } else {
                  for c in 0..<s.channels { sum += x[pixel + c] * weights[(output * s.channels + c) * taps + tap] }
                }
              }
            }
            result.append(activate(sum, activation) + (residual.isEmpty ? 0 : residual[result.count]))
          }
        }
      }
    }
    return result
  }

  /// The normed numbers of one set: mean 0, variance 1 but for epsilon.
  static func normed(_ x: [Double], epsilon: Double) -> [Double] {
    let mean = x.reduce(0, +) / Double(x.count)
    let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)
    return x.map { ($0 - mean) / (variance + epsilon).squareRoot() }
  }

  static func layerNorm(_ x: [Double], weight: [Double], bias: [Double], epsilon: Double) -> [Double] {
    let channels = weight.count
    return (0..<x.count / channels).flatMap { row in
      zip(normed(Array(x[row * channels..<(row + 1) * channels]), epsilon: epsilon), zip(weight, bias)).map {
        $0 * $1.0 + $1.1
      }
    }
  }

  static func groupNorm(
    _ x: [Double], groups: Int, weight: [Double], bias: [Double], epsilon: Double, activation: Activation
  ) -> [Double] {
    let channels = weight.count
    let size = channels / groups
    var result = x
    for group in 0..<groups {
      let places = x.indices.filter { $0 % channels / size == group }
      for (place, number) in zip(places, normed(places.map { x[$0] }, epsilon: epsilon)) {
        result[place] = activate(number * weight[place % channels] + bias[place % channels], activation)
      }
    }
    return result
  }
}
