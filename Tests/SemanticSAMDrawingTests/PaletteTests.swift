import Foundation
import SemanticSAMDrawing
import Testing

struct PaletteTests {
  /// Linear RGB as eyes without one kind of cones see it (Machado, Oliveira and Fernandes 2009, severity 1).
  private static let visions: [[[Double]]] = [
    [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
  ]

  @Test func theFirstSevenAreAsFarApartAsThoseOfOkabeAndIto() {
    let theirs = [0x56b4e9, 0xe69f00, 0x009e73, 0xcc79a7, 0xf0e442, 0xd55e00, 0x0072b2].map { Color(hex: $0) }
    let ours = (0..<7).map(Palette.color(at:))
    for vision in Self.visions {
      #expect(closest(ours, vision) >= closest(theirs, vision))
    }
  }

  @Test func everyNumberHasAColour() {
    for index in [7, 100, 431, 432, 5_000, Int.max, Int.min, -1] {
      let color = Palette.color(at: index)
      for part in [color.red, color.green, color.blue] { #expect((0...1).contains(part)) }
      #expect(color == Palette.color(at: index))
    }
    let many = (0..<40).map(Palette.color(at:))
    #expect(Set(many).count == 40)
    #expect(closest(many, Self.visions[0]) > 0.01)
  }

  @Test func colorsOfOKLCHEqualKnownOnes() {
    // White, and sRGB's red, green and blue, by the definition of the space.
    for (hex, lightness, chroma, hue) in [
      (UInt32(0xffffff), 1.0, 0.0, 0.0), (0xff0000, 0.627955, 0.257683, 29.2339),
      (0x00ff00, 0.866440, 0.294827, 142.4953),
      (0x0000ff, 0.452014, 0.313214, 264.0520),
    ] {
      let (expected, color) = (Color(hex: hex), Color(lightness: lightness, chroma: chroma, hue: hue))
      #expect(abs(color.red - expected.red) < 0.005)
      #expect(abs(color.green - expected.green) < 0.005)
      #expect(abs(color.blue - expected.blue) < 0.005)
    }
  }

  /// The smallest distance of two colours in OKLab, as a kind of eyes sees them.
  private func closest(_ colors: [Color], _ vision: [[Double]]) -> Double {
    let seen = colors.map { color -> [Double] in
      let linear = [color.red, color.green, color.blue].map {
        $0 <= 0.04045 ? $0 / 12.92 : pow(($0 + 0.055) / 1.055, 2.4)
      }
      return oklab(multiplied(vision, linear).map { min(max($0, 0), 1) })
    }
    var smallest = Double.infinity
    for first in seen.indices {
      for second in 0..<first {
        let squares = zip(seen[first], seen[second]).map { ($0 - $1) * ($0 - $1) }
        smallest = min(smallest, squares.reduce(0, +).squareRoot())
      }
    }
    return smallest
  }

  private func oklab(_ linear: [Double]) -> [Double] {
    let cones = multiplied(
      [
        [0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
      ], linear)
    return multiplied(
      [
        [0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
      ], cones.map(cbrt))
  }

  private func multiplied(_ matrix: [[Double]], _ vector: [Double]) -> [Double] {
    matrix.map { row in zip(row, vector).reduce(0) { $0 + $1.0 * $1.1 } }
  }
}
