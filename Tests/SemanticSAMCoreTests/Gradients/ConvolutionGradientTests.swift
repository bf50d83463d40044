import TensorKernels
import Testing

@testable import SemanticSAMCore

/// A convolution whose gradients are compared with differences of its definition.
private struct ConvolutionCase {
  var batch: Int?
  var height: Int
  var width: Int
  var inputs: Int
  /// `nil`: depthwise.
  var outputs: Int?
  var kernel: (Int, Int)
  var stride = 1
  var dilation = 1
  var padding: Padding
  var activation = Activation.none
  var hasResidual = false
  var hasBiasPerMap = false

  func check(seed: UInt64, sourceLocation: SourceLocation = #_sourceLocation) {
    let isDepthwise = outputs == nil
    let outputs = outputs ?? inputs
    let vertical = padding.resolved(size: height, kernel: kernel.0, stride: stride, dilation: dilation)
    let horizontal = padding.resolved(size: width, kernel: kernel.1, stride: stride, dilation: dilation)
    let shape = ConvolutionShape(
      batch: batch ?? 1, height: height, width: width, channels: inputs, kernel_height: kernel.0,
      kernel_width: kernel.1, stride: stride, dilation: dilation, padding_top: vertical.before,
      padding_left: horizontal.before, output_height: vertical.output, output_width: horizontal.output,
      output_channels: outputs)
    var random = DoubleGenerator(seed: seed)
    let maps = batch.map { [$0] } ?? []
    var numbers = [
      random.input(maps + [height, width, inputs], in: -2...2),
      random.input([outputs, isDepthwise ? 1 : inputs, kernel.0, kernel.1], in: -2...2),
      random.input(hasBiasPerMap ? maps + [outputs] : [outputs]),
    ]
    if hasResidual { numbers.append(random.input(maps + [vertical.output, horizontal.output, outputs])) }
    checkGradient(
      "\(self)", inputs: numbers,
      reference: {
        Definition.convolution(
          shape, isDepthwise: isDepthwise, $0[0], $0[1], bias: $0[2], activation: activation,
          residual: hasResidual ? $0[3] : [])
      },
      operation: {
        $0[0].convolution(
          Weights(values: $0[1], isDepthwise: isDepthwise), bias: $0[2], stride: stride, dilation: dilation,
          padding: padding, activation: activation, residual: hasResidual ? $0[3] : nil)
      }, sourceLocation: sourceLocation)
  }
}

struct ConvolutionGradientTests {
  /// One pixel, kernels that see beyond both edges at once, both paddings. The seeds are such that no gradient of a single
  /// number is a sum that cancels.
  @Test(arguments: [(1, 1, 1), (3, 1, 1), (3, 2, 1), (3, 1, 2), (5, 2, 1), (4, 4, 1), (2, 3, 1), (3, 2, 2), (1, 2, 1)])
  func dense(kernel: Int, stride: Int, dilation: Int) {
    var seed: UInt64 = 40
    for (height, width) in [(1, 1), (4, 5), (7, 4)] {
      for (inputs, outputs) in [(1, 1), (3, 5)] {
        for padding in [Padding.same, .symmetric(dilation * (kernel - 1))] {
          seed += 1
          ConvolutionCase(
            height: height, width: width, inputs: inputs, outputs: outputs, kernel: (kernel, kernel), stride: stride,
            dilation: dilation, padding: padding
          ).check(seed: seed)
        }
      }
    }
  }

  /// More zeros than the kernel reaches over, and a kernel that is not square.
  @Test func unusualShapes() {
    ConvolutionCase(height: 3, width: 2, inputs: 2, outputs: 3, kernel: (1, 1), padding: .symmetric(1)).check(seed: 1)
    ConvolutionCase(height: 3, width: 4, inputs: 2, outputs: 18, kernel: (3, 1), padding: .symmetric(1)).check(seed: 2)
    ConvolutionCase(height: 3, width: 2, inputs: 17, outputs: 2, kernel: (1, 2), padding: .symmetric(0)).check(seed: 3)
    ConvolutionCase(height: 3, width: 2, inputs: 2, kernel: (1, 1), padding: .symmetric(2)).check(seed: 4)
  }

  @Test(arguments: [Activation.none, .relu, .relu6, .gelu])
  func batchesWithEpilogues(activation: Activation) {
    for hasResidual in [false, true] {
      for hasBiasPerMap in [false, true] {
        ConvolutionCase(
          batch: 2, height: 3, width: 4, inputs: 3, outputs: 4, kernel: (3, 3), padding: .symmetric(1),
          activation: activation, hasResidual: hasResidual, hasBiasPerMap: hasBiasPerMap
        ).check(seed: 5)
        ConvolutionCase(
          batch: 2, height: 2, width: 3, inputs: 5, outputs: 2, kernel: (1, 1), padding: .symmetric(0),
          activation: activation, hasResidual: hasResidual, hasBiasPerMap: hasBiasPerMap
        ).check(seed: 6)
      }
    }
    ConvolutionCase(
      batch: 2, height: 3, width: 4, inputs: 5, kernel: (3, 3), padding: .same, activation: activation
    ).check(seed: 7)
  }

  /// Channels from less than a vector to more than one, widths around a strip of neighbours.
  @Test(arguments: [(3, 1, 1), (3, 2, 1), (5, 1, 1), (5, 2, 1), (3, 1, 2), (7, 1, 1), (3, 3, 1), (3, 2, 2)])
  func depthwise(kernel: Int, stride: Int, dilation: Int) {
    for (index, (height, width, channels)) in [
      (1, 1, 1), (3, 2, 5), (2, 9, 16), (4, 3, 19), (1, 25, 17), (5, 6, 8),
    ].enumerated() {
      ConvolutionCase(
        height: height, width: width, inputs: channels, kernel: (kernel, kernel), stride: stride, dilation: dilation,
        padding: .same
      ).check(seed: UInt64(index))
    }
  }
}
