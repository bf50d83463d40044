import Foundation
import Testing

/// Weights of PyTorch: run, described and converted.
struct CheckpointTests {
  private static let shared = ProcessInfo.processInfo.environment["SEMANTIC_SAM_SHARED"]

  private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../Fixtures/pytorch").standardized

  private func masks(_ arguments: [String], in folder: TemporaryFolder) throws -> [SegmentOutput.Mask] {
    let outcome = try Command.run(
      ["segment", "coffee.png", "--point", "285,150", "--json", "-"] + arguments, in: folder)
    #expect(outcome.code == 0, "\(outcome.error)")
    return try SegmentOutput(outcome.output).masks
  }

  private func counts(_ masks: [SegmentOutput.Mask]) -> [String] {
    masks.map { "\($0.level) \($0.predictedIoU) \($0.segmentation.counts)" }
  }

  @Test(.enabled(if: shared != nil)) func bothFormatsAndTheConvertedFileGiveTheSameMasks() throws {
    let folder = try TemporaryFolder(images: "coffee.png")
    let parity = try #require(Self.shared) + "/parity/"
    let zip = try masks(["--checkpoint", parity + "tiny_many2many.pth", "--model", "tiny"], in: folder)
    #expect(zip.count == 6)
    let legacy = try masks(["--checkpoint", parity + "tiny_many2many_legacy.pth", "--model", "tiny"], in: folder)
    #expect(counts(legacy) == counts(zip))
    let half = try masks(["--checkpoint", parity + "tiny_many2many_f16.pth", "--model", "tiny"], in: folder)
    #expect(half.map(\.level).sorted() == [1, 2, 3, 4, 5, 6])
    let conversion = try Command.run(
      ["convert", parity + "tiny_many2many.pth", "tiny.safetensors", "--model", "tiny"], in: folder)
    #expect(conversion.code == 0 && conversion.output.isEmpty && conversion.error == "Wrote tiny.safetensors.\n")
    #expect(try counts(masks(["--checkpoint", "tiny.safetensors"], in: folder)) == counts(zip))
    // What the published files do not say goes with the numbers: a box is answered by clicks.
    let header = String(decoding: try folder.bytes("tiny.safetensors").prefix(4000), as: UTF8.self)
    #expect(header.contains(#"\"boxes_trained\":false"#) && header.contains(#"\"click_size\":0.005"#))
    let box = try Command.run(
      ["segment", "coffee.png", "--box", "165,12,412,312", "--json", "-", "--checkpoint", "tiny.safetensors"],
      in: folder)
    #expect(try SegmentOutput(box.output).masks.map(\.level).sorted() == [1, 2, 3, 4, 5, 6])
    for type in ["f32", "bf16", "f16"] {
      let outcome = try Command.run(
        ["convert", "tiny.safetensors", "\(type).safetensors", "--dtype", type, "--quiet"], in: folder)
      #expect(outcome.code == 0 && outcome.error.isEmpty, "\(outcome.error)")
      #expect(try masks(["--checkpoint", "\(type).safetensors"], in: folder).count == 6)
    }
  }

  @Test(.enabled(if: shared != nil)) func aCheckpointOfAnotherSizeIsRefused() throws {
    let folder = try TemporaryFolder()
    for name in ["tiny_many2many.pth", "tiny_many2many_legacy.pth"] {
      let path = try #require(Self.shared) + "/parity/" + name
      for network in ["swinT", "swinL"] {
        let outcome = try Command.run(["convert", path, "out.safetensors", "--model", network], in: folder)
        #expect(outcome.code == 1 && outcome.output.isEmpty && folder.names.isEmpty)
        #expect(outcome.error.contains("does not fit the network '\(network)' (it holds 535803 numbers"))
        #expect(outcome.error.filter(\.isNewline).count == 1)
      }
    }
  }

  @Test func infoDescribesFilesOfPyTorch() throws {
    for name in ["zip.pth", "legacy.pth"] {
      let outcome = try Command.run(["info", Self.fixtures.appending(path: name).path])
      #expect(outcome.code == 0 && outcome.error.isEmpty)
      #expect(outcome.text.contains("63 in 6 tensors: F32 54, I64 4, F16 3, BOOL 2\n"), "\(outcome.text)")
    }
  }

  @Test func refusalsAreOneSentenceAndWriteNothing() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.copyItem(
      at: Self.fixtures.appending(path: "zip.pth"), to: folder.url.appending(path: "a.pth"))
    let calls: [(arguments: [String], code: Int32, beginning: String)] = [
      (["convert", "a.pth", "b"], 1, "'a.pth' does not say which network it belongs to"),
      (["convert", "a.pth", "b", "--model", "tiny"], 1, "'a.pth' does not fit the network 'tiny' ("),
      (["convert", "a.pth", "a.pth", "--model", "tiny"], 64, "The output 'a.pth' would replace the input"),
      (["convert", "a.pth", "c/b", "--model", "tiny"], 1, "The file 'c/b' cannot be written: there is no folder"),
      (
        ["convert", "a.pth", "b", "--model", "huge"], 64, "There is no configuration 'huge'; choose tiny, swinT, swinL"
      ),
      (["convert", "a.pth", "b", "--dtype", "f8"], 64, "The value 'f8' is invalid for '--dtype <type>'"),
      (["convert", "missing", "b"], 1, "There is no file 'missing'"),
      (["convert", "a.pth"], 64, "Missing expected argument '<out>'; see semantic-sam convert --help."),
    ]
    for call in calls {
      let outcome = try Command.run(call.arguments, in: folder)
      #expect(outcome.code == call.code && outcome.output.isEmpty, "\(call)")
      #expect(outcome.error.hasPrefix("semantic-sam: " + call.beginning), "\(outcome.error)")
      #expect(outcome.error.hasSuffix(".\n") && outcome.error.filter(\.isNewline).count == 1, "\(outcome.error)")
      #expect(folder.names == ["a.pth"])
    }
  }
}
