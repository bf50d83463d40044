import TensorKernels
import Testing

extension KernelTests {
  /// The ways back of resampling and of the masks' kernels with every instruction set against their scalar versions.
  @Suite(.serialized) struct ResampleGradientTests {
    @Test(arguments: [
      (3, 4, 5, 6, 8), (7, 5, 17, 3, 4), (2, 9, 32, 9, 2), (5, 5, 1, 5, 5), (1, 1, 2, 4, 3), (6, 4, 3, 1, 1),
      (13, 2, 33, 40, 70), (11, 12, 96, 22, 23),
    ])
    func resizing(height: Int, width: Int, channels: Int, newHeight: Int, newWidth: Int) {
      var random = SeededGenerator(seed: 53)
      let gradient = random.floats(newHeight * newWidth * channels)
      checkAgainstScalar("\(height) x \(width)", count: height * width * channels) { output in
        #expect(tk_resize_bilinear_gradient_f32(height, width, channels, gradient, newHeight, newWidth, output))
      }
    }

    @Test(arguments: [true, false]) func sampling(oneMapPerBox: Bool) {
      var random = SeededGenerator(seed: 59)
      for (boxes, grid, height, width, channels) in [
        (5, 4, 9, 11, 16), (7, 5, 17, 6, 3), (3, 70, 20, 21, 8), (1, 1, 1, 1, 1), (0, 3, 4, 5, 2), (2, 0, 4, 5, 2),
        (30, 8, 33, 5, 33),
      ] {
        let box = random.floats(4 * boxes, in: 0...1)
        let stride = channels + 5
        let gradient = random.floats(boxes * grid * grid * stride)
        let count = (oneMapPerBox ? boxes : 1) * height * width * channels
        checkAgainstScalar("\(boxes) boxes, grid \(grid)", count: count) { output in
          tk_sample_boxes_gradient_f32(
            boxes, box, grid, 1.5, height, width, channels, oneMapPerBox, gradient, stride, output)
        }
      }
    }

    @Test(arguments: [(3, 1, 1), (4, 5, 7), (2, 9, 33), (5, 40, 48)])
    func maskPrior(count: Int, height: Int, width: Int) {
      var random = SeededGenerator(seed: 61)
      let boxes = random.floats(4 * count, in: 0...0.8)
      let gradient = random.floats(count * height * width)
      checkAgainstScalar("\(height) x \(width)", count: 5 * count, relative: 5e-6) { output in
        tk_ellipse_prior_gradient_f32(
          count, height, width, boxes, 4.5, -3, gradient, output, output + 4 * count)
      }
    }

    @Test(arguments: [(1, 1, 1), (2, 49, 3), (3, 300, 17), (2, 1024, 64), (2, 256, 35)])
    func statistics(boxes: Int, cells: Int, channels: Int) {
      var random = SeededGenerator(seed: 67)
      let stride = 2 * channels + 5 + 4
      let logits = random.floats(boxes * cells, in: -4...4)
      let features = random.floats(boxes * cells * channels)
      let statistics = random.floats(boxes * stride)
      let gradient = random.floats(boxes * stride)
      checkAgainstScalar("\(cells) x \(channels)", count: boxes * cells * (channels + 1)) { output in
        #expect(
          tk_refiner_statistics_gradient_f32(
            boxes, cells, channels, logits, features, 5, statistics, gradient, stride, output, output + boxes * cells))
      }
    }
  }
}
