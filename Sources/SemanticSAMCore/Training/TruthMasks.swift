import TensorKernels

/// The true masks of a picture in the form that losses read: one byte a pixel, shared by all prompts that mean them.
public struct TruthMasks: Hashable, Sendable {
  public let count: Int
  public let width: Int
  public let height: Int
  /// `[count, height, width]`, 0 and 1.
  private let bytes: [UInt8]

  /// - Parameters:
  ///   - masks: of one size.
  ///   - width: of the network's input in pixels, at least the masks'; what is added on the right is outside all masks.
  ///   - height: likewise, below.
  /// - Throws: `invalidArgument` where the masks differ in size or are larger than that.
  public init(_ masks: [Mask], width: Int, height: Int) throws(ModelError) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(masks.count * width * height)
    for mask in masks {
      guard mask.width == masks[0].width, mask.height == masks[0].height, mask.width <= width, mask.height <= height
      else {
        throw ModelError(
          .invalidArgument,
          "A true mask of \(mask.width) x \(mask.height) pixels does not fit an input of \(width) x \(height); all masks "
            + "must belong to one picture and be augmented with it.")
      }
      let bitmap = mask.bitmap
      if mask.width == width {
        bytes += bitmap
      } else {
        for row in 0..<mask.height {
          bytes += bitmap[row * mask.width..<(row + 1) * mask.width]
          bytes += repeatElement(0, count: width - mask.width)
        }
      }
      bytes += repeatElement(0, count: (height - mask.height) * width)
    }
    self.init(bytes: bytes, count: masks.count, width: width, height: height)
  }

  /// - Parameter bytes: `[count, height, width]`, 0 and 1.
  init(bytes: [UInt8], count: Int, width: Int, height: Int) {
    precondition(bytes.count == count * width * height, "\(bytes.count) bytes for \(count) masks.")
    self.bytes = bytes
    self.count = count
    self.width = width
    self.height = height
  }

  /// Labels at points, bilinear as logits are sampled, so fractional at edges: `[indices.count, P]`.
  /// - Parameters:
  ///   - points: (x, y) in 0...1, `[P, 2]` for all masks or `[indices.count, P, 2]`.
  ///   - indices: the mask of each row.
  public func sampled(at points: Tensor, of indices: [Int]) -> Tensor {
    let list = PointList(points, rows: indices.count)
    var output = Tensor(uninitialized: [indices.count, list.count])
    guard output.count > 0, width > 0, height > 0 else { return output }
    let maps = indices.map { UInt32($0) }
    bytes.withUnsafeBufferPointer { bytes in
      maps.withUnsafeBufferPointer { maps in
        guard let base = bytes.baseAddress else { return }
        withExtendedLifetime(points) {
          tk_sample_points_u8(
            indices.count, maps.baseAddress, height, width, base, list.count, points.address, list.stride,
            output.mutableAddress)
        }
      }
    }
    return output
  }

  /// What each cell of a map counts in the mean under each mask, by the share of its square that is set (as in
  /// `RegionNames.pooled`): `[count, cells]`.
  func meanWeights(stride: Int) -> Tensor {
    let (rows, columns) = (height / stride, width / stride)
    let area = Float(stride * stride)
    var weights = [Float](repeating: 0, count: count * rows * columns)
    for mask in 0..<count {
      let first = mask * rows * columns
      var sum: Float = 1e-6
      for y in 0..<rows * stride {
        let line = (mask * height + y) * width
        let target = first + y / stride * columns
        for x in 0..<columns * stride where bytes[line + x] != 0 {
          weights[target + x / stride] += 1 / area
          sum += 1 / area
        }
      }
      for index in first..<first + rows * columns { weights[index] /= sum }
    }
    return Tensor(weights, shape: [count, rows * columns])
  }

  /// The share of the input's pixels that each mask covers.
  func areas() -> [Double] {
    let pixels = width * height
    guard pixels > 0 else { return [Double](repeating: 0, count: count) }
    return (0..<count).map { index in
      Double(bytes[index * pixels..<(index + 1) * pixels].reduce(0) { $0 + Int($1) }) / Double(pixels)
    }
  }
}

/// How a tensor of points is laid out: one list for all rows, or one a row.
struct PointList {
  /// Points of a row.
  let count: Int
  /// Numbers from one row's points to the next row's.
  let stride: Int

  init(_ points: Tensor, rows: Int) {
    let shape = points.shape
    precondition(
      shape.last == 2 && (shape.count == 2 || shape.count == 3 && shape[0] == rows),
      "Points for \(rows) rows cannot have the shape \(shape).")
    count = shape[shape.count - 2]
    stride = shape.count == 2 ? 0 : 2 * count
  }
}
