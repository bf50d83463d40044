import Foundation
import SemanticSAMDefaultModel
import Testing

@testable import SemanticSAMCore

/// Runs over every golden of the folder `SEMANTIC_SAM_GOLDENS` (default: `parity/golden` of the shared folder, without it
/// the repository's own fixtures) and chooses the check by what the file says of itself.
struct ParityTests {
  typealias Check = @Sendable (Golden, inout GoldenReport) throws -> Void

  /// Checks by kind and model; `nil` is a part of the network that is not built yet.
  static let checks: [String: [String: Check?]] = [
    "backbone": [
      "default": DefaultParity.backbone, "tiny": ReferenceParity.backbone, "swinT": ReferenceParity.backbone,
      "swinL": ReferenceParity.backbone,
    ],
    "pixel-decoder": [
      "default": DefaultParity.pixelDecoder, "tiny": ReferenceParity.pixelDecoder,
      "swinT": ReferenceParity.pixelDecoder,
      "swinL": ReferenceParity.pixelDecoder,
    ],
    "mask-decoder": [
      "default": DefaultParity.maskDecoder, "tiny": ReferenceParity.maskDecoder, "swinT": ReferenceParity.maskDecoder,
      "swinL": ReferenceParity.maskDecoder,
    ],
    "prompt": [
      "default": DefaultParity.prompt, "tiny": ReferenceParity.prompt, "swinT": ReferenceParity.prompt,
      "swinL": ReferenceParity.prompt,
    ],
    "photograph": ["default": DefaultParity.photograph],
    "names": ["default": DefaultParity.names],
    "gradients-default": ["default": GradientParity.defaultNetwork],
    "efficientnet-lite": ["*": ImageParity.efficientNetLite],
    "resize": ["*": ImageParity.resize],
    "automatic-masks": ["*": AutomaticParity.masks], "automatic-masks-parts": ["*": AutomaticParity.parts],
    "automatic-pipeline": ["tiny": AutomaticParity.pipeline],
    "interactive-selection": ["*": AutomaticParity.selection],
    "matching": ["*": TrainingParity.matching], "hungarian": ["*": TrainingParity.hungarian],
    "losses": ["*": LossParity.losses], "uncertain-points": ["*": TrainingParity.uncertainPoints],
    "targets": ["*": TrainingParity.targets], "optimizer": ["*": TrainingParity.optimizer],
    "gradients": ["*": GradientParity.gradients],
    "training-steps": ["*": GradientParity.steps], "text-encoder": ["*": TextParity.transformer],
    "text-minilm": ["*": TextParity.sentences],
    "classification": ["*": SemanticsParity.classification], "openseed": ["*": OpenSeeDParity.check],
    "generic-postprocessing": ["*": SemanticsParity.postprocessing],
  ]

  @Test func everyGolden() throws {
    let folder = SharedData.goldens
    let files = try FileManager.default.contentsOfDirectory(atPath: folder)
      .filter { $0.hasSuffix(".safetensors") }.sorted()
    #expect(!files.isEmpty, "There is no golden in \(folder).")
    for file in files {
      let golden = try Golden(contentsOf: folder + "/" + file)
      let models = try #require(Self.checks[golden.kind], "\(golden.name) is of the unknown kind '\(golden.kind)'.")
      let check = try #require(
        models[golden.model] ?? models["*"], "\(golden.name) belongs to the unknown model '\(golden.model)'.")
      guard let check else {
        print("golden \(golden.name): \(golden.kind), skipped")
        continue
      }
      var report = GoldenReport(golden)
      do {
        try check(golden, &report)
      } catch {
        Issue.record("\(golden.name): \(error)")
        continue
      }
      report.finish()
      print(report.line)
      for failure in report.failures { Issue.record("\(golden.name): \(failure)") }
    }
  }
}

/// Where the tests find data that is not in the repository.
enum SharedData {
  /// The shared folder, where the environment names one.
  static let folder: String? = ProcessInfo.processInfo.environment["SEMANTIC_SAM_SHARED"]

  static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures").path()

  static let goldens: String =
    ProcessInfo.processInfo.environment["SEMANTIC_SAM_GOLDENS"]
    ?? folder.map { $0 + "/parity/golden" } ?? fixtures + "/golden"

  /// A photograph of the shared folder, or of the repository's examples.
  static func photograph(_ name: String) -> String {
    if let folder { return folder + "/images/" + name }
    return URL(filePath: fixtures).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Examples/Images/" + name).path()
  }
}
