/// What is known of an object before a prompt is answered once more: the mask that was answered before, and all clicks so
/// far. A constant to a tape: no gradient goes back into the answer that it came from (as in Segment Anything's training).
struct CarriedMask: Sendable {
  /// Logits are cut to this: more sure than that no mask needs to be.
  static let limit: Float = 10
  /// Where the bell of height 1 ends that a click is, in cells of the map that it is drawn on.
  private static let radius: Float = 4

  /// `[h, w]` in -limit...limit, over the padded image: of the size of the decoder's masks.
  let logits: Tensor
  /// (x, y) in 0...1 of the padded image.
  var positives: [SIMD2<Float>]
  var negatives: [SIMD2<Float>]

  /// - Parameter logits: `[h, w]`.
  init(logits: Tensor, positives: [SIMD2<Float>], negatives: [SIMD2<Float>]) {
    self.logits = Tensor(
      logits.values.map { $0.isNaN ? -Self.limit : min(max($0, -Self.limit), Self.limit) }, shape: logits.shape)
    self.positives = positives
    self.negatives = negatives
  }

  /// A mask of a prompt.
  /// - Parameters:
  ///   - height: of the map, in cells.
  ///   - width: likewise.
  /// - Throws: `invalidArgument` for a mask of another size than the image's.
  init(
    _ mask: MaskPrompt, positives: [SIMD2<Float>], negatives: [SIMD2<Float>], height: Int, width: Int,
    size: InputSize, imageWidth: Int, imageHeight: Int
  ) throws(ModelError) {
    // Pixels of the image that a cell takes.
    let across = Double(size.paddedWidth) / Double(width) * Double(imageWidth) / Double(size.width)
    let down = Double(size.paddedHeight) / Double(height) * Double(imageHeight) / Double(size.height)
    var values = [Float](repeating: -Self.limit, count: height * width)
    switch mask {
    case .logits(let map):
      for row in 0..<height {
        for column in 0..<width {
          let (x, y) = ((Double(column) + 0.5) * across, (Double(row) + 0.5) * down)
          guard x < Double(imageWidth), y < Double(imageHeight), let logit = map.logit(x: x, y: y) else { continue }
          values[row * width + column] = logit
        }
      }
    case .mask:
      let bitmap = try mask.mask(width: imageWidth, height: imageHeight).bitmap
      // A cell has the share of the mask at 4 x 4 places inside it.
      for row in 0..<height {
        for column in 0..<width {
          var inside = 0
          for place in 0..<16 {
            let x = Int((Double(column) + (Double(place % 4) + 0.5) / 4) * across)
            let y = Int((Double(row) + (Double(place / 4) + 0.5) / 4) * down)
            if x < imageWidth, y < imageHeight, bitmap[y * imageWidth + x] != 0 { inside += 1 }
          }
          values[row * width + column] = (Float(inside) / 8 - 1) * Self.limit
        }
      }
    }
    self.init(logits: Tensor(values, shape: [height, width]), positives: positives, negatives: negatives)
  }

  /// What a query's own logits can take of it, as the weights of a product: `[h * w, 3]`: the logits, and bells at the positive
  /// and at the negative clicks, times `limit`.
  var features: Weights {
    let (height, width) = (logits.shape[0], logits.shape[1])
    let bells = [positives, negatives].map { Self.bells($0, height: height, width: width) }
    var values: [Float] = []
    values.reserveCapacity(3 * height * width)
    for (cell, logit) in logits.values.enumerated() {
      values += [logit, Self.limit * bells[0][cell], Self.limit * bells[1][cell]]
    }
    var weights = Weights(values: Tensor(values, shape: [height * width, 3]))
    weights.pack()
    return weights
  }

  /// The box (cx, cy, w, h) around the mask and all clicks; all of the image where there is none of them.
  var box: SIMD4<Float> {
    let mask = logits.reshaped(to: [1] + logits.shape).boxesOfMasks(edge: 1).values
    let clicks = positives + negatives
    let isEmpty = mask[2] <= 0 || mask[3] <= 0
    guard !isEmpty || !clicks.isEmpty else { return SIMD4(0.5, 0.5, 1, 1) }
    var least = SIMD2<Float>(repeating: .infinity)
    var most = SIMD2<Float>(repeating: -.infinity)
    if !isEmpty {
      least = SIMD2(mask[0] - mask[2] / 2, mask[1] - mask[3] / 2)
      most = SIMD2(mask[0] + mask[2] / 2, mask[1] + mask[3] / 2)
    }
    // A click is no smaller than the cell that it lies in.
    let half = SIMD2(0.5 / Float(logits.shape[1]), 0.5 / Float(logits.shape[0]))
    for click in clicks {
      least.replace(with: click - half, where: click - half .< least)
      most.replace(with: click + half, where: click + half .> most)
    }
    return SIMD4(lowHalf: (least + most) / 2, highHalf: most - least)
  }

  /// `[height * width]`: at each cell the highest of the bells of clicks, (x, y) in 0...1 of the map.
  static func bells(_ clicks: [SIMD2<Float>], height: Int, width: Int) -> [Float] {
    var values = [Float](repeating: 0, count: height * width)
    let reach = radius
    for click in clicks {
      let centre = SIMD2(click.x * Float(width) - 0.5, click.y * Float(height) - 0.5)
      guard centre.x > -reach, centre.y > -reach, centre.x < Float(width) + reach, centre.y < Float(height) + reach
      else { continue }
      for row in max(Int(centre.y - reach), 0)..<max(min(Int(centre.y + reach) + 1, height), 0) {
        for column in max(Int(centre.x - reach), 0)..<max(min(Int(centre.x + reach) + 1, width), 0) {
          let distance = SIMD2(Float(column), Float(row)) - centre
          let inside = max(1 - (distance * distance).sum() / (radius * radius), 0)
          values[row * width + column] = max(values[row * width + column], inside * inside)
        }
      }
    }
    return values
  }
}
