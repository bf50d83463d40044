import SemanticSAMCore

/// The published Swin-T network with the weights of a file, and normalised pixels for it.
struct SwinNetwork {
  private let model: SemanticSAM
  private let pixels: Tensor

  /// - Parameter pixels: `[side, side, 3]`, 32-bit numbers of this machine's byte order.
  init(checkpoint: String, pixels: [UInt8], side: Int, precision: Precision = .float32) throws {
    model = try SemanticSAM.load(.file(checkpoint), configuration: .swinT, precision: precision)
    let values = pixels.withUnsafeBytes { bytes in
      (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
    self.pixels = Tensor(values, shape: [side, side, 3])
  }

  func features() throws -> PixelDecoder.Output {
    try model.features(ofNormalized: pixels)
  }

  /// Writes `tokens` `[sum of H*W, C]`, finest level first, and `mask_features` `[H/4, W/4, C]`.
  func writeFeatures(to path: String) throws {
    let output = try features()
    var writer = SafetensorsWriter()
    try writer.add("tokens", output.tokens)
    try writer.add("mask_features", output.maskFeatures)
    try writer.write(to: path)
  }
}
