import SemanticSAMCore

/// The principal components of features: the directions in which they differ most (by `dsyevd` on their covariance).
public struct FeaturePCA: Sendable {
  /// `[components, C]`, unit rows, that of the largest variance first. Its largest entry is positive.
  public let components: Tensor
  /// Of each component.
  public let variances: [Float]
  /// `[C]`.
  public let mean: Tensor

  /// - Parameters:
  ///   - features: `[..., C]`, at least two rows, such as `SemanticSAM.denseFeatures(of:)`.
  ///   - count: how many components, at most C.
  /// - Throws: `invalidArgument` for too few rows, a number that is not finite, or a count that is out of range.
  public init(_ features: Tensor, count: Int) throws(ModelError) {
    let channels = features.shape.last ?? 0
    let rows = features.shape.dropLast().reduce(1, *)
    guard rows >= 2, (1...max(channels, 1)).contains(count), channels > 0 else {
      throw ModelError(
        .invalidArgument,
        "Features of shape \(features.shape) have no \(count) principal components; give two rows or more, and 1 to "
          + "\(channels) components.")
    }
    var x = Matrix(features.reshaped(to: [rows, channels]))
    var means: [Double] = []
    for column in 0..<channels {
      let mean = (0..<rows).reduce(0) { $0 + x[$1, column] } / Double(rows)
      guard mean.isFinite else {
        throw ModelError(.invalidArgument, "A feature is not finite; check what made it.")
      }
      for row in 0..<rows { x[row, column] -= mean }
      means.append(mean)
    }
    let (values, vectors) = try LinearAlgebra.eigen(symmetric: x.product(x))
    var table: [Float] = []
    var variances: [Float] = []
    for component in 0..<count {
      let column = channels - 1 - component
      let entries = (0..<channels).map { vectors[$0, column] }
      let largest = entries.max { abs($0) < abs($1) } ?? 1
      table += entries.map { Float(largest < 0 ? -$0 : $0) }
      variances.append(Float(max(values[column], 0) / Double(rows - 1)))
    }
    components = Tensor(table, shape: [count, channels])
    self.variances = variances
    mean = Tensor(means.map(Float.init), shape: [channels])
  }

  /// Coordinates of features along the components, `[..., components]`.
  public func callAsFunction(_ features: Tensor) -> Tensor {
    var weights = Weights(shape: components.shape)
    weights.values = components
    // The mean's own coordinates are subtracted from all.
    let origin = mean.reshaped(to: [1, mean.count]).linear(weights)
    return features.linear(weights).adding(
      row: Tensor(origin.values.map { -$0 }, shape: [components.shape[0]]))
  }
}

extension SemanticSAM {
  /// A picture of what the backbone sees: the first three principal components of its features as red, green and blue, each
  /// from its least to its greatest value, drawn bilinearly at the size of the image.
  /// - Throws: `invalidArgument` for an embedding of other weights; `cancelled`.
  public func featurePicture(of embedding: ImageEmbedding) throws(ModelError) -> Image {
    let dense = try denseFeatures(of: embedding)
    // What lies in the padding is not part of the image.
    let height = min((embedding.inputSize.height + 15) / 16, dense.shape[0])
    let width = min((embedding.inputSize.width + 15) / 16, dense.shape[1])
    let channels = dense.shape[2]
    let rows = (0..<height).map { row in
      dense.rows(row..<row + 1).reshaped(to: [dense.shape[1], channels]).rows(0..<width)
    }
    let cells = Tensor.concatenated(rows)
    let count = min(3, channels)
    let map = try FeaturePCA(cells, count: count)(cells).reshaped(to: [height, width, count])
    let values = map.resized(height: embedding.imageHeight, width: embedding.imageWidth).values
    var low = [Float](repeating: .infinity, count: count)
    var high = [Float](repeating: -.infinity, count: count)
    for (index, value) in values.enumerated() {
      low[index % count] = min(low[index % count], value)
      high[index % count] = max(high[index % count], value)
    }
    var pixels = [UInt8](repeating: 0, count: embedding.imageWidth * embedding.imageHeight * 3)
    for (index, value) in values.enumerated() {
      let channel = index % count
      let range = high[channel] - low[channel]
      let share = range > 0 ? (value - low[channel]) / range : 0.5
      pixels[index / count * 3 + channel] = UInt8((share * 255).rounded())
    }
    return try Image(width: embedding.imageWidth, height: embedding.imageHeight, pixels: pixels)
  }
}
