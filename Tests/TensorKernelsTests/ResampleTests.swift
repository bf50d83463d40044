import Foundation
import TensorKernels
import Testing

/// A bilinear sample of a map `[height, width, channels]` at pixel (x, y), clamped to the map, in f64.
private func sample(
  _ map: ArraySlice<Float>, _ height: Int, _ width: Int, _ channels: Int, x: Double, y: Double, channel: Int
) -> Double {
  let x = min(max(x, 0), Double(width - 1))
  let y = min(max(y, 0), Double(height - 1))
  let left = Int(x)
  let top = Int(y)
  let right = min(left + 1, width - 1)
  let bottom = min(top + 1, height - 1)
  func at(_ row: Int, _ column: Int) -> Double {
    Double(map[map.startIndex + (row * width + column) * channels + channel])
  }
  let fx = x - Double(left)
  let fy = y - Double(top)
  return (1 - fy) * ((1 - fx) * at(top, left) + fx * at(top, right))
    + fy * ((1 - fx) * at(bottom, left) + fx * at(bottom, right))
}

/// The kernels of Pillow's resizing of bytes.
enum ByteKernel: CaseIterable, Sendable {
  case bilinear, bicubic

  var support: Double { self == .bilinear ? 1 : 2 }

  func weight(_ x: Double) -> Double {
    let x = abs(x)
    if self == .bilinear { return max(0, 1 - x) }
    return x < 1 ? 1.5 * x * x * x - 2.5 * x * x + 1 : x < 2 ? -0.5 * x * x * x + 2.5 * x * x - 4 * x + 2 : 0
  }
}

/// Resize along one axis in whole numbers; an independent formulation of the rule in the header.
private func weights(_ kernel: ByteKernel, _ size: Int, _ outputSize: Int) -> [[(index: Int, weight: Int)]] {
  let scale = Double(size) / Double(outputSize)
  let filterScale = max(scale, 1)
  return (0..<outputSize).map { i in
    let centre = (Double(i) + 0.5) * scale
    let first = max(0, Int(centre - kernel.support * filterScale + 0.5))
    let end = min(size, Int(centre + kernel.support * filterScale + 0.5))
    let exact = (first..<end).map { kernel.weight((Double($0) - centre + 0.5) / filterScale) }
    let sum = exact.reduce(0, +)
    return zip(first..<end, exact).map { ($0, Int(($1 / sum * 4_194_304).rounded(.toNearestOrAwayFromZero))) }
  }
}

private func resized(
  _ kernel: ByteKernel, _ image: [UInt8], _ height: Int, _ width: Int, _ channels: Int, _ outputHeight: Int,
  _ outputWidth: Int
)
  -> [UInt8]
{
  func rounded(_ sum: Int) -> UInt8 { UInt8(min(max((sum + (1 << 21)) >> 22, 0), 255)) }
  var rows = image
  if outputWidth != width {
    let taps = weights(kernel, width, outputWidth)
    rows = []
    for y in 0..<height {
      for tap in taps {
        for c in 0..<channels {
          rows.append(rounded(tap.reduce(0) { $0 + $1.weight * Int(image[(y * width + $1.index) * channels + c]) }))
        }
      }
    }
  }
  if outputHeight == height { return rows }
  let stride = outputWidth * channels
  return weights(kernel, height, outputHeight).flatMap { tap in
    (0..<stride).map { b in rounded(tap.reduce(0) { $0 + $1.weight * Int(rows[$1.index * stride + b]) }) }
  }
}

extension KernelTests {
  @Suite(.serialized) struct ResampleTests {
    @Test func bilinearResizeMatchesItsDefinition() {
      var random = SeededGenerator(seed: 51)
      for channels in [1, 2, 3, 8, 16, 21, 96] {
        for (height, width, outputHeight, outputWidth) in [
          (5, 7, 10, 14), (5, 7, 9, 130), (20, 9, 3, 4), (1, 1, 4, 3), (4, 1, 9, 2), (6, 6, 6, 6), (3, 4, 0, 7),
        ] {
          let map = random.floats(height * width * channels)
          var resized: [Double] = []
          for y in 0..<outputHeight {
            for x in 0..<outputWidth {
              for c in 0..<channels {
                resized.append(
                  sample(
                    map[...], height, width, channels,
                    x: (Double(x) + 0.5) * Double(width) / Double(outputWidth) - 0.5,
                    y: (Double(y) + 0.5) * Double(height) / Double(outputHeight) - 0.5, channel: c))
              }
            }
          }
          let label = "\(height) x \(width) x \(channels) to \(outputHeight) x \(outputWidth)"
          checkKernel(label, expected: resized, bound: 6 * unitRoundoff) {
            tk_resize_bilinear_f32(height, width, channels, map, outputHeight, outputWidth, false, $0)
          }
          let before = random.floats(resized.count)
          let sums = zip(before, resized).map { Double($0) + $1 }
          checkKernel(label + " added", expected: sums, bound: 8 * unitRoundoff, over: before) {
            tk_resize_bilinear_f32(height, width, channels, map, outputHeight, outputWidth, true, $0)
          }
        }
      }
    }

    // MARK: Boxes

    @Test func boxesAreSampled() {
      var random = SeededGenerator(seed: 52)
      let (height, width) = (11, 17)
      for (channels, grid, sharesMap) in [
        (1, 8, false), (1, 70, true), (16, 32, true), (5, 3, false), (96, 4, true), (3, 1, true),
      ] {
        let count = 4
        var boxes: [Float] = [0.5, 0.5, 1.5, 0.2, 0.1, 0.95, 0.3, 0.4, 0.3, 0.6, 0, 1e-6]
        boxes += random.floats(4, in: 0.2...0.8)
        let mapSize = height * width * channels
        let maps = random.floats(mapSize * (sharesMap ? 1 : count))
        let stride = channels + 3
        var expected: [Double] = []
        for n in 0..<count {
          for i in 0..<grid {
            for j in 0..<grid {
              func place(_ k: Int, _ axis: Int) -> Double {
                Double(boxes[4 * n + axis])
                  + ((Double(k) + 0.5) / Double(grid) - 0.5) * 1.25 * Double(boxes[4 * n + 2 + axis])
              }
              for c in 0..<stride {
                expected.append(
                  c >= channels
                    ? 77
                    : sample(
                      maps[(sharesMap ? 0 : n * mapSize)...], height, width, channels,
                      x: place(j, 0) * Double(width) - 0.5, y: place(i, 1) * Double(height) - 0.5, channel: c))
              }
            }
          }
        }
        // The columns behind the sampled channels keep what they held.
        checkKernel(
          "\(channels) channels, grid \(grid)", expected: expected, bound: 6 * unitRoundoff,
          over: [Float](repeating: 77, count: expected.count)
        ) {
          tk_sample_boxes_f32(
            count, boxes, grid, 1.25, height, width, channels, maps, sharesMap ? 0 : mapSize, $0, stride)
        }
      }
    }

    @Test func placesThatAreNotNumbersStayInside() {
      withEveryInstructionSet { isa in
        for bad: Float in [.nan, .infinity, -.infinity, 1e30, -1e30] {
          var output = [Float](repeating: 77, count: 4)
          tk_sample_boxes_f32(1, [bad, bad, bad, 1], 2, 1.25, 2, 2, 1, [1, 2, 3, 4], 0, &output, 1)
          #expect(output.allSatisfy { (1...4).contains($0) }, "\(isa) \(bad)")
        }
      }
    }

    // MARK: Bytes

    @Test func normalisedImagesArePadded() {
      var random = SeededGenerator(seed: 53)
      let mean: [Float] = [123.675, 116.28, 103.53]
      let deviation: [Float] = [58.395, 57.12, 57.375]
      for (height, width, paddedHeight, paddedWidth) in [
        (1, 1, 1, 1), (3, 37, 4, 64), (2, 16, 2, 16), (5, 100, 5, 128), (0, 0, 2, 3), (0, 0, 0, 0),
      ] {
        let image = (0..<height * width * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
        var expected: [Double] = []
        for y in 0..<paddedHeight {
          for x in 0..<paddedWidth {
            for c in 0..<3 {
              let isInside = y < height && x < width
              expected.append(isInside ? Double((Float(image[(y * width + x) * 3 + c]) - mean[c]) / deviation[c]) : 0)
            }
          }
        }
        checkKernel("\(height) x \(width)", expected: expected) {
          tk_normalize_u8(height, width, image, paddedHeight, paddedWidth, mean, deviation, $0)
        }
      }
    }

    /// Growing, shrinking and one axis only; odd row strides; channels of grey, colour and alpha.
    @Test(arguments: ByteKernel.allCases, [1, 3, 4]) func resizeOfBytesIsExact(kernel: ByteKernel, channels: Int) {
      let resize = kernel == .bilinear ? tk_resize_bilinear_u8 : tk_resize_bicubic_u8
      var random = SeededGenerator(seed: 54)
      for (height, width, outputHeight, outputWidth) in [
        (1, 1, 3, 5), (17, 40, 17, 33), (40, 19, 23, 19), (33, 65, 70, 100), (100, 90, 7, 6), (47, 33, 90, 16),
        (9, 9, 9, 9),
        (200, 3, 11, 40), (0, 5, 0, 3),
      ] {
        // Saturated pixels, so that over- and undershoots have to be clamped.
        let image = (0..<height * width * channels).map { _ in
          Bool.random(using: &random)
            ? UInt8.random(in: 0...255, using: &random) : Bool.random(using: &random) ? 0 : 255
        }
        let expected = resized(kernel, image, height, width, channels, outputHeight, outputWidth)
        let stride = width * channels + 5
        var padded = [UInt8](repeating: 99, count: height * stride + 1)
        for y in 0..<height {
          for b in 0..<width * channels { padded[y * stride + b] = image[y * width * channels + b] }
        }
        withEveryInstructionSet { isa in
          for threads: Int32 in [1, 2] {
            var output = [UInt8](repeating: 55, count: expected.count + 1)
            let done = withThreads(threads) {
              resize(height, width, channels, padded, stride, outputHeight, outputWidth, &output)
            }
            #expect(done)
            #expect(
              output.dropLast().elementsEqual(expected) && output.last == 55,
              "\(kernel) \(isa) \(height) x \(width) to \(outputHeight) x \(outputWidth)")
          }
        }
      }
    }
  }
}
