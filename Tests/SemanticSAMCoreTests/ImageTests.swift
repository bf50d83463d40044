import Testing

@testable import SemanticSAMCore

struct ImageTests {
  @Test func densePixelsAreKept() throws {
    let pixels: [UInt8] = [1, 2, 3, 4, 5, 6]
    let image = try Image(width: 2, height: 1, pixels: pixels)
    #expect(image.width == 2 && image.height == 1 && image.pixels == pixels)
  }

  @Test(arguments: [
    (2, 1, 5), (2, 1, 7), (0, 1, 0), (1, 0, 0), (0, 0, 0), (-1, 1, 3), (-1, -1, 3), (1, -1, 0), (Int.max, 2, 6),
    (Int.max, Int.max, 3), (1 << 62, 4, 0), (1 << 32, 1 << 32, 0), (Int.min, 2, 0),
  ])
  func sizesThatDoNotFitAreRefused(width: Int, height: Int, count: Int) {
    expectRefusal(.invalidArgument, containing: "\(width) x \(height)") {
      try Image(width: width, height: height, pixels: [UInt8](repeating: 0, count: count))
    }
  }

  /// Rows of 2 pixels that begin 11 bytes apart; alpha and the gap hold what must not be seen.
  @Test(arguments: [Image.PixelFormat.rgb, .rgba, .bgra])
  func rawBuffersAreCopied(format: Image.PixelFormat) throws {
    let expected: [UInt8] = [10, 20, 30, 40, 50, 60, 11, 21, 31, 41, 51, 61, 12, 22, 32, 42, 52, 62]
    let bytes = format.bytesPerPixel
    var buffer = [UInt8](repeating: 255, count: 2 * 11 + 2 * bytes)
    for y in 0..<3 {
      for x in 0..<2 {
        for channel in 0..<3 {
          let position = format == .bgra ? 2 - channel : channel
          buffer[y * 11 + x * bytes + position] = expected[(y * 2 + x) * 3 + channel]
        }
      }
    }
    // The last row needs no gap behind it.
    let image = try buffer.withUnsafeBytes { buffer in
      try Image(copying: buffer, width: 2, height: 3, stride: 11, format: format)
    }
    #expect(image.pixels == expected)
    expectRefusal(.invalidArgument) {
      try buffer.dropLast().withUnsafeBytes { buffer in
        try Image(copying: buffer, width: 2, height: 3, stride: 11, format: format)
      }
    }
  }

  @Test(arguments: [
    (2, 2, 5), (2, 2, 0), (2, 2, -6), (0, 2, 6), (2, 0, 6), (-2, 2, 6), (2, -2, 6), (2, 3, 6), (Int.max, 1, Int.max),
    (1, Int.max, 3), (1, 1, Int.max), (Int.max / 3, 1, Int.max), (2, 2, Int.max), (5, 1, 15), (5, 1, Int.max),
  ])
  func buffersThatDoNotFitAreRefused(width: Int, height: Int, stride: Int) {
    // One pixel in any stride fits; all else above does not fit in 12 bytes.
    let fits = width == 1 && height == 1
    let make = {
      try [UInt8](repeating: 0, count: 12).withUnsafeBytes { buffer in
        try Image(copying: buffer, width: width, height: height, stride: stride, format: .rgb)
      }
    }
    if fits {
      #expect(throws: Never.self) { try make() }
    } else {
      expectRefusal(.invalidArgument, containing: "12 bytes") { try make() }
    }
  }

  @Test func emptyBuffersAreRefused() {
    expectRefusal(.invalidArgument) {
      try Image(copying: UnsafeRawBufferPointer(start: nil, count: 0), width: 1, height: 1, stride: 3, format: .rgb)
    }
  }

  @Test func resizingKeepsWhatFitsAndRefusesTheRest() throws {
    let image = try Image(width: 2, height: 2, pixels: [UInt8](repeating: 77, count: 12))
    #expect(try image.resized(width: 2, height: 2) == image)
    let one = try image.resized(width: 1, height: 1)
    #expect(one.pixels == [77, 77, 77])
    #expect(try one.resized(width: 50, height: 3).pixels == [UInt8](repeating: 77, count: 450))
    for (width, height) in [(0, 1), (1, 0), (-1, 4), (Int.max, 2), (1 << 20, 1 << 20), (Int.min, Int.min)] {
      expectRefusal(.invalidArgument) { try image.resized(width: width, height: height) }
    }
  }
}
