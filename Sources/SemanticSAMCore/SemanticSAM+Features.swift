extension SemanticSAM {
  /// Runs backbone and pixel decoder on pixels that are normalised already, for those who want the features themselves.
  /// `encode` does the same for a picture and keeps what prompts need.
  /// - Parameter pixels: `[H, W, 3]`, with the configuration's mean and deviation taken out; H and W are multiples of its
  ///   `sizeDivisibility`.
  /// - Throws: `invalidArgument` for another shape.
  public func features(ofNormalized pixels: Tensor) throws(ModelError) -> PixelDecoder.Output {
    let unit = configuration.image.sizeDivisibility
    let shape = pixels.shape
    guard shape.count == 3, shape[2] == 3, shape[0] > 0, shape[1] > 0, shape[0] % unit == 0, shape[1] % unit == 0 else {
      throw ModelError(
        .invalidArgument,
        "Features cannot be computed from a tensor of the shape \(shape); give [H, W, 3] with H and W multiples of \(unit)."
      )
    }
    let pyramid = try network.backbone(pixels) { () throws(ModelError) in }
    return try network.pixelDecoder(pyramid) { (_) throws(ModelError) in }
  }
}
