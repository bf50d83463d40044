import Foundation
import Testing

struct JSONTests {
  private let click = ["segment", "coffee.png", "--point", "285,150", "--json", "-"]

  @Test func clickGivesSixMasksThatFitTheSchema() throws {
    let folder = try TemporaryFolder(images: "coffee.png")
    let outcome = try Command.run(click, in: folder)
    #expect(outcome.code == 0)
    #expect(outcome.error.isEmpty)
    #expect(try JSONSchema("segmentation.schema.json").faults(of: outcome.output) == [])
    let output = try SegmentOutput(outcome.output)
    #expect(output.image == "coffee.png")
    #expect(output.width == 600 && output.height == 400)
    #expect(output.checkpoint == "default")
    #expect(output.masks.map(\.level).sorted() == [1, 2, 3, 4, 5, 6])
    #expect(output.masks.map(\.predictedIoU) == output.masks.map(\.predictedIoU).sorted(by: >))
    for mask in output.masks {
      let bitmap = mask.bitmap
      let places = bitmap.indices.filter { bitmap[$0] }
      let columns = places.map { $0 % 600 }
      let rows = places.map { $0 / 600 }
      #expect(mask.prompt == nil)
      #expect(mask.segmentation.size == [400, 600])
      #expect(mask.area == places.count)
      let (left, right) = (try #require(columns.min()), try #require(columns.max()))
      let (top, bottom) = (try #require(rows.min()), try #require(rows.max()))
      #expect(mask.box == [left, top, right - left + 1, bottom - top + 1].map(Double.init))
      for names in [mask.objects, mask.parts] {
        #expect(names.count == 5)
        #expect(names.map(\.probability) == names.map(\.probability).sorted(by: >))
      }
    }
    let object = try JSONSerialization.jsonObject(with: outcome.output) as? [String: Any]
    #expect(object?.keys.sorted() == ["checkpoint", "height", "image", "masks", "width"])
    let mask = (object?["masks"] as? [[String: Any]])?.first
    #expect(
      mask?.keys.sorted()
        == [
          "area", "box", "level", "objects", "parts", "predicted_iou", "recognition", "segmentation", "stability",
        ])
  }

  @Test func bytesDependNeitherOnTheRunNorOnTheThreads() throws {
    let folder = try TemporaryFolder(images: "coffee.png")
    let first = try Command.run(click, in: folder).output
    for threads in ["1", "2", "3", "7"] {
      #expect(try Command.run(click + ["--threads", threads], in: folder).output == first)
    }
  }

  @Test func fileHasTheBytesOfStandardOutput() throws {
    let folder = try TemporaryFolder(images: "coffee.png")
    let printed = try Command.run(click, in: folder).output
    let outcome = try Command.run(click.dropLast() + ["masks.json"], in: folder)
    #expect(try folder.bytes("masks.json") == [UInt8](printed))
    #expect(outcome.error == "Wrote masks.json.\n")
    #expect(outcome.text.hasPrefix("level  IoU   area"))
    #expect(outcome.text.split(separator: "\n").count == 7)
  }

  @Test func manyPromptsCarryTheirNumber() throws {
    let folder = try TemporaryFolder(images: "coffee.png")
    try folder.write(
      #"{"prompts": [{"points": [[285, 150]]}, {"points": [[285, 150], [450, 330]], "labels": [1, 0]}, "#
        + #"{"box": [165, 12, 412, 312]}, {"points": [[285, 150]], "box": [165, 12, 412, 312]}]}"#, to: "p.json")
    let outcome = try Command.run(
      ["segment", "coffee.png", "--prompts", "p.json", "--json", "-", "--output", "o.png"], in: folder)
    #expect(try JSONSchema("segmentation.schema.json").faults(of: outcome.output) == [])
    let masks = try SegmentOutput(outcome.output).masks
    #expect(masks.compactMap(\.prompt) == masks.compactMap(\.prompt).sorted())
    #expect((0..<4).map { prompt in masks.count { $0.prompt == prompt } } == [6, 6, 1, 6])
    // A prompt's answer does not depend on its company.
    let alone = try SegmentOutput(try Command.run(click, in: folder).output).masks
    #expect(alone.map(\.segmentation.counts) == masks.prefix(6).map(\.segmentation.counts))
    let table = try Command.run(["segment", "coffee.png", "--prompts", "p.json"], in: folder).text
    #expect(table.hasPrefix("prompt  level  IoU"))
  }

  @Test func levelsChooseMasks() throws {
    let folder = try TemporaryFolder(images: "coffee.png")
    for (levels, expected) in [
      ("1", [1]), ("1-3", [1, 2, 3]), ("2,5", [2, 5]), ("1-6", [1, 2, 3, 4, 5, 6]), ("6,6", [6]),
    ] {
      let output = try SegmentOutput(try Command.run(click + ["--levels", levels], in: folder).output)
      #expect(output.masks.map(\.level).sorted() == expected)
    }
  }

  @Test func negativeClickChangesTheAnswer() throws {
    let folder = try TemporaryFolder(images: "coffee.png")
    let without = try SegmentOutput(try Command.run(click, in: folder).output).masks[0]
    // Within the best mask, at its right end.
    let bitmap = without.bitmap
    let place = try #require(bitmap.indices.filter { bitmap[$0] }.max { $0 % 600 < $1 % 600 })
    let (x, y) = (place % 600, place / 600)
    let outcome = try Command.run(click + ["--negative-point", "\(x),\(y)"], in: folder)
    let with = try SegmentOutput(outcome.output).masks
    #expect(with[0].segmentation.counts != without.segmentation.counts)
    #expect(with.allSatisfy { !$0.contains(x, y) })
    #expect(with[0].contains(285, 150))
  }

  @Test func standardInputIsTheFile() throws {
    let folder = try TemporaryFolder(images: "coffee.png")
    let named = try Command.run(click, in: folder)
    let outcome = try Command.run(
      ["segment", "-", "--point", "285,150", "--json", "-"], input: Data(try folder.bytes("coffee.png")))
    #expect(outcome.code == 0)
    let output = try SegmentOutput(outcome.output)
    #expect(output.image == "-")
    #expect(
      outcome.text.replacingOccurrences(of: #""image":"-""#, with: #""image":"coffee.png""#) == named.text)
    let broken = try Command.run(["segment", "-", "--point", "1,1"], input: Data())
    #expect(broken.code == 1)
    #expect(broken.error.hasPrefix("semantic-sam: The data from standard input"), "\(broken.error)")
  }

  @Test func informationFitsItsSchema() throws {
    let outcome = try Command.run(["info", "default", "--json"])
    #expect(outcome.code == 0)
    #expect(try JSONSchema("info.schema.json").faults(of: outcome.output) == [])
    let file = try Command.run(["info", Command.weights.path, "--json"])
    let path = #""file" : "\#(Command.weights.path)""#
    #expect(file.text.replacingOccurrences(of: path, with: #""file" : "default""#) == outcome.text)
  }
}
