import TensorKernels

extension Image {
  /// What lies between pixels.
  public enum Interpolation: Hashable, Sendable {
    case bilinear, bicubic
  }

  /// The image in another size, as Pillow resizes it, to the byte.
  /// - Throws: `invalidArgument` where a size is not positive or the result would have over 2^31 bytes; `outOfMemory`.
  public func resized(
    width: Int, height: Int, interpolation: Interpolation = .bicubic
  ) throws(ModelError) -> Image {
    guard width != self.width || height != self.height else { return self }
    let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
    guard width > 0, height > 0, !overflow, pixels <= Int(Int32.max) / 3 else {
      throw ModelError(.invalidArgument, "An image cannot be resized to \(width) x \(height) pixels; give other sizes.")
    }
    var isDone = false
    let resized = [UInt8](unsafeUninitializedCapacity: pixels * 3) { output, count in
      self.pixels.withUnsafeBufferPointer { input in
        guard let source = input.baseAddress, let target = output.baseAddress else { return }
        let resize = interpolation == .bicubic ? tk_resize_bicubic_u8 : tk_resize_bilinear_u8
        isDone = resize(self.height, self.width, 3, source, self.width * 3, height, width, target)
      }
      count = isDone ? pixels * 3 : 0
    }
    guard isDone else {
      throw ModelError(.outOfMemory, "There is no memory to resize an image to \(width) x \(height) pixels; free some.")
    }
    return try Image(width: width, height: height, pixels: resized)
  }

  /// The network's input `[paddedHeight, paddedWidth, 3]`: normalised, then padded with zeros right and below.
  func normalized(_ rule: Configuration.ImageRule, size: InputSize) -> Tensor {
    var output = Tensor(uninitialized: [size.paddedHeight, size.paddedWidth, 3])
    let target = output.mutableAddress
    pixels.withUnsafeBufferPointer { input in
      guard let source = input.baseAddress else { return }
      tk_normalize_u8(height, width, source, size.paddedHeight, size.paddedWidth, rule.mean, rule.std, target)
    }
    return output
  }
}
