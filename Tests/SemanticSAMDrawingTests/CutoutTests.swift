import SemanticSAMCore
import SemanticSAMDrawing
import Testing

struct CutoutTests {
  @Test func alphaIsTheMaskAndColoursAreTheImage() throws {
    let image = try Scene.image(width: 17, height: 11)
    let mask = try Scene.candidate(width: 17, height: 11) { x, y in (x * y) % 3 == 1 }.mask
    let cutout = try Cutout(of: image, mask: mask)
    #expect(cutout.width == 17 && cutout.height == 11 && cutout.pixels.count == 17 * 11 * 4)
    for y in 0..<11 {
      for x in 0..<17 {
        let place = (y * 17 + x) * 4
        let expected = mask.contains(x: x, y: y) ? image.pixel(x, y) + [255] : [0, 0, 0, 0]
        #expect(Array(cutout.pixels[place..<(place + 4)]) == expected)
      }
    }
  }

  @Test func croppingKeepsTheBox() throws {
    let image = try Scene.image(width: 17, height: 11)
    let mask = try Scene.candidate(width: 17, height: 11) { x, y in
      (4..<9).contains(x) && (2..<10).contains(y) && x != y
    }.mask
    let whole = try Cutout(of: image, mask: mask)
    let cropped = try Cutout(of: image, mask: mask, isCropped: true)
    #expect(cropped.width == 5 && cropped.height == 8)
    for y in 0..<8 {
      let start = ((y + 2) * 17 + 4) * 4
      #expect(Array(cropped.pixels[(y * 20)..<(y * 20 + 20)]) == Array(whole.pixels[start..<(start + 20)]))
    }
  }

  @Test func emptyMasksAndWrongSizes() throws {
    let image = try Scene.image(width: 4, height: 3)
    let empty = try Scene.candidate(width: 4, height: 3) { _, _ in false }.mask
    #expect(try Cutout(of: image, mask: empty).pixels.allSatisfy { $0 == 0 })
    #expect(throws: ModelError.self) { try Cutout(of: image, mask: empty, isCropped: true) }
    let other = try Scene.candidate(width: 3, height: 4) { _, _ in true }.mask
    #expect(throws: ModelError.self) { try Cutout(of: image, mask: other) }
  }
}
