import Foundation
import SemanticSAMCore
import SemanticSAMImages
import Testing

struct PictureTests {
  @Test func picturesAreWholeAndOfTheirSize() throws {
    let folder = try TemporaryFolder(images: "coffee.png")
    let outcome = try Command.run(
      [
        "segment", "coffee.png", "--point", "285,150", "--output", "o.png", "--contact-sheet", "s.png", "--cutout",
        "c.png", "--json", "m.json",
      ], in: folder)
    #expect(outcome.code == 0)
    #expect(outcome.error == "Wrote o.png.\nWrote s.png.\nWrote c.png.\nWrote m.json.\n")
    #expect(folder.names == ["c.png", "coffee.png", "m.json", "o.png", "s.png"])
    let photograph = try Image(decoding: folder.bytes("coffee.png"))

    let overlay = try Image(decoding: folder.bytes("o.png"))
    #expect(overlay.width == 600 && overlay.height == 400)
    #expect(overlay.pixels != photograph.pixels)

    // Outside of the best mask the cut-out is 0, inside it is the photograph; its colour type is 6, with alpha.
    let cutout = try Image(decoding: folder.bytes("c.png"))
    #expect(try folder.bytes("c.png")[25] == 6)
    let best = try SegmentOutput(Data(folder.bytes("m.json"))).masks[0].bitmap
    #expect(cutout.pixels.indices.allSatisfy { cutout.pixels[$0] == (best[$0 / 3] ? photograph.pixels[$0] : 0) })
  }

  /// Runs of more than `length` pixels that are not the sheet's background.
  private func runs(_ pixels: [[UInt8]], longerThan length: Int) -> Int {
    pixels.split { $0 == [0xfb, 0xfb, 0xfa] }.count { $0.count > length }
  }

  @Test func contactSheetHasThreeTimesTwoPanels() throws {
    let folder = try TemporaryFolder(images: "coffee.png")
    let call = ["segment", "coffee.png", "--point", "285,150", "--contact-sheet", "s.png"]
    _ = try Command.run(call, in: folder)
    let sheet = try Image(decoding: folder.bytes("s.png"))
    func pixel(_ x: Int, _ y: Int) -> [UInt8] {
      Array(sheet.pixels[(y * sheet.width + x) * 3..<(y * sheet.width + x) * 3 + 3])
    }
    #expect(runs((0..<sheet.width).map { pixel($0, sheet.height / 4) }, longerThan: 300) == 3)
    #expect(runs((0..<sheet.height).map { pixel(sheet.width / 6, $0) }, longerThan: 200) == 2)
    _ = try Command.run(call + ["--levels", "1-3"], in: folder)
    #expect(try Image(decoding: folder.bytes("s.png")).height * 2 < sheet.height + 100)
  }

  @Test func quietSaysNothing() throws {
    let folder = try TemporaryFolder(images: "coffee.png")
    let outcome = try Command.run(
      ["segment", "coffee.png", "--box", "165,12,412,312", "--output", "o.png", "--quiet"], in: folder)
    #expect(outcome.code == 0)
    #expect(outcome.error.isEmpty)
    #expect(folder.names.contains("o.png"))
  }

  /// The alpha of a cut-out is a mask again; a rough one becomes exact.
  @Test func masksArePrompts() throws {
    let folder = try TemporaryFolder(images: "coffee.png")
    let click = ["segment", "coffee.png", "--point", "285,150", "--json", "m.json"]
    #expect(try Command.run(click, in: folder).code == 0)
    let exact = try SegmentOutput(Data(folder.bytes("m.json"))).masks[0].bitmap
    let rough = (0..<600 * 400).flatMap { place -> [UInt8] in
      let source = min(place / 600 / 20 * 20 + 13, 399) * 600 + min(place % 600 / 20 * 20 + 13, 599)
      return Array(repeating: exact[source] ? 1 : 0, count: 3)
    }
    try Image(width: 600, height: 400, pixels: rough).writePNG(to: folder.url.appending(path: "rough.png").path())
    let outcome = try Command.run(["segment", "coffee.png", "--mask", "rough.png", "--json", "-"], in: folder)
    #expect(outcome.code == 0, "\(outcome.error)")
    let answer = try SegmentOutput(outcome.output).masks[0].bitmap
    func iou(_ mask: [Bool]) -> Double {
      let pairs = zip(mask, exact)
      return Double(pairs.count { $0 && $1 }) / Double(pairs.count { $0 || $1 })
    }
    let before = iou((0..<600 * 400).map { rough[3 * $0] != 0 })
    #expect(before < 0.95 && iou(answer) > before, "\(before) \(iou(answer))")
    let cut = try Command.run(
      ["segment", "coffee.png", "--mask", "rough.png", "--negative-point", "285,150", "--json", "-"], in: folder)
    #expect(try SegmentOutput(cut.output).masks.allSatisfy { !$0.bitmap[150 * 600 + 285] })
  }

  @Test func devicesNeedNoEnding() throws {
    let folder = try TemporaryFolder(images: "coffee.png")
    let outcome = try Command.run(
      ["segment", "coffee.png", "--point", "285,150", "--output", "/dev/null", "--cutout", "/dev/null"], in: folder)
    #expect(outcome.code == 0)
    #expect(folder.names == ["coffee.png"])
  }
}
