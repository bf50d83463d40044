import Foundation
import Testing

/// `dataset inspect` and `dataset verify` on the tiny data sets of Tests/Fixtures/datasets.
@Suite struct DatasetTests {
  private let fixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Fixtures/datasets")
    .standardized.path

  @Test func everyBrokenRecordIsALineAndTheExitCodeIsOne() throws {
    let outcome = try Command.run(["dataset", "verify", "--data", "bsds500=\(fixtures)/bsds500"])
    #expect(outcome.code == 1)
    #expect(
      outcome.error == "semantic-sam: bsds500 has 3 broken records; mend them or get another copy of their files.\n")
    let lines = outcome.text.split(separator: "\n")
    #expect(lines.count == 4)
    for (line, name) in zip(lines, ["2.mat", "3.mat", "4.mat"]) { #expect(line.contains(name)) }
    #expect(lines.last == "bsds500: 4 images with 3 regions, 3 broken records")
  }

  @Test func aWholeDataSetIsFine() throws {
    let outcome = try Command.run([
      "dataset", "verify", "--data", "pascal_part=\(fixtures)/pascal_part", "--split", "train", "--json", "-",
    ])
    #expect(outcome.code == 0 && outcome.error.isEmpty)
    let result = try #require(try JSONSerialization.jsonObject(with: outcome.output) as? [String: Any])
    #expect(result["images"] as? Int == 1 && result["regions"] as? Int == 4)
    #expect((result["problems"] as? [String])?.isEmpty == true)
  }

  @Test func countsAndPicture() throws {
    let folder = try TemporaryFolder()
    let outcome = try Command.run(
      [
        "dataset", "inspect", "--data", "pascal_part=\(fixtures)/pascal_part", "--split", "train", "--picture", "p.png",
        "--json", "counts.json",
      ], in: folder)
    #expect(outcome.code == 0)
    #expect(outcome.text.contains("regions     4: 2 objects, 2 parts, 0 unlabelled"))
    let counts = try #require(
      try JSONSerialization.jsonObject(with: Data(folder.bytes("counts.json"))) as? [String: Any])
    #expect(counts["parts"] as? Int == 2)
    #expect(try folder.bytes("p.png").prefix(4).elementsEqual([0x89, 0x50, 0x4E, 0x47]))
  }

  @Test(arguments: [
    (["dataset"], "There is nothing to do; give inspect or verify"),
    (["dataset", "inspect", "--data", "cats=/x"], "'cats=/x' names no data set that is known"),
    (["dataset", "inspect", "--data", "coco"], "--data 'coco' is not NAME=PATH"),
    (["dataset", "inspect", "--data", "folder=/x", "--picture", "a.jpg"], "Pictures are written as PNG"),
  ])
  func wrongCalls(arguments: [String], sentence: String) throws {
    let outcome = try Command.run(arguments)
    #expect(outcome.code == 64 && outcome.output.isEmpty)
    #expect(outcome.error.contains(sentence) && outcome.error.split(separator: "\n").count == 1)
  }

  @Test func missingFolder() throws {
    let outcome = try Command.run(["dataset", "verify", "--data", "folder=/no/such/folder"])
    #expect(outcome.code == 1 && outcome.error.contains("The folder '/no/such/folder/images' cannot be read"))
  }
}
