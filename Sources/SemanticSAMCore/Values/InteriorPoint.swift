import TensorKernels

/// The pixel of a mask that lies deepest inside: where an evaluation clicks.
public struct InteriorPoint: Hashable, Sendable, Codable {
  public var x: Int
  public var y: Int
  /// The square of the distance from the pixel's centre to that of the nearest pixel outside the mask; what lies beyond
  /// the image's edge is outside.
  public var squaredDistance: Int

  public init(x: Int, y: Int, squaredDistance: Int) {
    self.x = x
    self.y = y
    self.squaredDistance = squaredDistance
  }

  public var point: Point { Point(x: Double(x), y: Double(y)) }
}

extension Mask {
  /// For each pixel `[height, width]`, row by row, the squared Euclidean distance from its centre to that of the nearest
  /// pixel outside the mask; 0 outside. The image is taken to have one more pixel of background on each side.
  ///
  /// Exact, in integers: ties of distances are ties of their squares.
  /// - Throws: `outOfMemory`.
  public func squaredDistances() throws(ModelError) -> [UInt32] {
    let bitmap = bitmap
    var hasMemory = true
    let distances = [UInt32](unsafeUninitializedCapacity: bitmap.count) { buffer, count in
      bitmap.withUnsafeBufferPointer { bitmap in
        guard let input = bitmap.baseAddress, let output = buffer.baseAddress else { return }
        hasMemory = tk_squared_distances(height, width, input, output)
      }
      count = hasMemory ? bitmap.count : 0
    }
    guard hasMemory else {
      throw ModelError(
        .outOfMemory, "There is no memory for the distances in a mask of \(width) x \(height) pixels; free some.")
    }
    return distances
  }

  /// The pixel with the largest distance to the outside, the first of equal ones in rows from the top; `nil` for an empty
  /// mask.
  /// - Throws: `outOfMemory`.
  public func interiorPoint() throws(ModelError) -> InteriorPoint? {
    guard !isEmpty else { return nil }
    // All around the tight box is outside the mask, so nothing beyond it is nearer.
    let box = box
    let (left, top) = (Int(box.x0), Int(box.y0))
    let part = try cropped(x: left, y: top, width: Int(box.width), height: Int(box.height))
    let distances = try part.squaredDistances()
    let place = distances.withUnsafeBufferPointer { distances in
      distances.baseAddress.map { tk_first_largest_u32(distances.count, $0) } ?? 0
    }
    let (y, x) = place.quotientAndRemainder(dividingBy: part.width)
    return InteriorPoint(x: left + x, y: top + y, squaredDistance: Int(distances[place]))
  }
}
