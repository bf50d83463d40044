import TensorKernels

extension Tensor {
  /// Sine embedding of a map's positions, `[H*W, C]` (reference: `PositionEmbeddingSine`, normalised).
  static func sinePositions(height: Int, width: Int, channels: Int) -> Tensor {
    var output = Tensor(uninitialized: [height * width, channels])
    tk_sine_positions_f32(height, width, channels, output.mutableAddress)
    return output
  }

  /// The centres of a map's cells in 0...1, `[H*W, 2]` (x, y).
  static func centres(height: Int, width: Int) -> Tensor {
    var output = Tensor(uninitialized: [height * width, 2])
    let target = output.mutableAddress
    for y in 0..<height {
      for x in 0..<width {
        target[(y * width + x) * 2] = (Float(x) + 0.5) / Float(width)
        target[(y * width + x) * 2 + 1] = (Float(y) + 0.5) / Float(height)
      }
    }
    return output
  }

  /// Sine embedding of boxes (cx, cy, w, h): `[Q, 4]` -> `[Q, 2 * C]` (reference: `gen_sineembed_for_position`).
  func sineBoxes(channels: Int) -> Tensor {
    var output = Tensor(uninitialized: [rowCount, 2 * channels])
    withExtendedLifetime(self) { tk_sine_boxes_f32(rowCount, channels / 2, address, output.mutableAddress) }
    return output
  }
}
