#if canImport(CoreGraphics)
  import CoreGraphics
  import SemanticSAMCore

  extension Image {
    /// The pixels of a `CGImage`, drawn in sRGB without its orientation; transparent pixels are blended with black,
    /// because Core Graphics keeps colours premultiplied.
    /// - Throws: `invalidArgument` where the image is empty, `outOfMemory` where no drawing context can be made.
    public init(_ cgImage: CGImage) throws(ModelError) {
      let (width, height) = (cgImage.width, cgImage.height)
      guard width > 0, height > 0, width <= Int(Int32.max), height <= Int(Int32.max) / 4 else {
        throw ModelError(.invalidArgument, "A CGImage of \(width) x \(height) pixels is empty or too large.")
      }
      var bytes = [UInt8](repeating: 0, count: width * height * 4)
      let drawn = bytes.withUnsafeMutableBytes { buffer in
        guard let space = CGColorSpace(name: CGColorSpace.sRGB),
          let context = CGContext(
            data: buffer.baseAddress, width: width, height: height, bitsPerComponent: 8, bytesPerRow: width * 4,
            space: space, bitmapInfo: CGImageAlphaInfo.noneSkipLast.rawValue)
        else { return false }
        context.draw(cgImage, in: CGRect(x: 0, y: 0, width: width, height: height))
        return true
      }
      guard drawn else {
        throw ModelError(.outOfMemory, "A CGImage of \(width) x \(height) pixels cannot be drawn; use a smaller one.")
      }
      let pixels = [UInt8](unsafeUninitializedCapacity: width * height * 3) { output, count in
        for pixel in 0..<width * height {
          for channel in 0..<3 {
            output[3 * pixel + channel] = bytes[4 * pixel + channel]
          }
        }
        count = width * height * 3
      }
      try self.init(width: width, height: height, pixels: pixels)
    }

    /// The picture as an opaque sRGB `CGImage`; nil where the system cannot make one.
    public var cgImage: CGImage? {
      // Core Graphics has no 24-bit contexts, but images of 24 bits a pixel are allowed.
      guard let space = CGColorSpace(name: CGColorSpace.sRGB),
        let data = CFDataCreate(nil, pixels, pixels.count),
        let provider = CGDataProvider(data: data)
      else { return nil }
      return CGImage(
        width: width, height: height, bitsPerComponent: 8, bitsPerPixel: 24, bytesPerRow: width * 3, space: space,
        bitmapInfo: CGBitmapInfo(rawValue: CGImageAlphaInfo.none.rawValue), provider: provider, decode: nil,
        shouldInterpolate: false, intent: .defaultIntent)
    }
  }
#endif
