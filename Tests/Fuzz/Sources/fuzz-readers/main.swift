import Foundation
import SemanticSAMData

// fuzz-readers KIND SEED COUNT FILE...: reads COUNT mutations of the files with the reader of that kind. Run at the root of
// the package, where the intact companions of some files are found.

let samples = "Tests/Fixtures/datasets"
let photograph = "images/ADE/training/urban/street/ADE_train_00000001"
let targets: KeyValuePairs<String, () throws -> any ReaderTarget> = [
  "jpeg": { ImageTarget(kind: "jpeg") },
  "png": { ImageTarget(kind: "png") },
  "webp": { ImageTarget(kind: "webp") },
  "safetensors": { SafetensorsTarget() },
  "checkpoint": { try CheckpointTarget() },
  "pytorch-zip": { PyTorchTarget(format: .zip) },
  "pytorch-legacy": { PyTorchTarget(format: .legacy) },
  "json": { AnnotationTarget() },
  "results": { try ResultsTarget(annotations: "Tests/Fixtures/annotations/coco.json") },
  "panoptic": {
    let folder = "\(samples)/coco_panoptic/annotations"
    return try PanopticTarget(
      annotations: "\(folder)/panoptic_val2017.json", masks: "\(folder)/panoptic_val2017")
  },
  "panoptic-data": {
    try DatasetTarget(
      kind: "panoptic-data", sample: "\(samples)/coco_panoptic", file: "annotations/panoptic_val2017.json"
    ) { try COCOPanoptic(at: $0) { _ in } }
  },
  "sa1b": {
    try DatasetTarget(kind: "sa1b", sample: "\(samples)/sa1b", file: "sa_000000/sa_1.json") { try SA1B(at: $0) }
  },
  "sa1b-tsv": {
    try DatasetTarget(kind: "sa1b-tsv", sample: "\(samples)/sa1b_tsv", file: "sa-0.tsv", isJSON: false) { root in
      // The index is made from the damaged table.
      try? FileManager.default.removeItem(atPath: "\(root)/sa-0.lineidx")
      return try SA1BTable(at: root)
    }
  },
  "sa1b-index": {
    try DatasetTarget(kind: "sa1b-index", sample: "\(samples)/sa1b_tsv", file: "sa-0.lineidx", isJSON: false) {
      try SA1BTable(at: $0)
    }
  },
  "ade20k": {
    try DatasetTarget(
      kind: "ade20k", sample: "\(samples)/ade20k_full/ADE20K_2021_17_01", file: "\(photograph).json"
    ) { try ADE20KFull(at: $0) { _ in } }
  },
  "ade20k-amodal": {
    try DatasetTarget(
      kind: "ade20k-amodal", sample: "\(samples)/ade20k_full/ADE20K_2021_17_01", file: "\(photograph).json"
    ) { try ADE20KFull(at: $0, extent: .amodal) { _ in } }
  },
  "documents": { DocumentTarget() },
  "mat": { MATLABTarget() },
]

func fail(_ message: String) -> Never {
  FileHandle.standardError.write(Data((message + "\n").utf8))
  exit(1)
}

let arguments = CommandLine.arguments.dropFirst()
guard arguments.count >= 4,
  let make = targets.first(where: { $0.key == arguments[1] })?.value,
  let seed = UInt64(arguments[2]),
  let count = Int(arguments[3]), count > 0
else {
  let kinds = targets.map(\.key).joined(separator: "|")
  fail("usage: fuzz-readers \(kinds) SEED COUNT FILE...")
}
let files = arguments.dropFirst(3).map { path in
  guard let data = FileManager.default.contents(atPath: path) else { fail("The seed file '\(path)' cannot be read.") }
  return [UInt8](data)
}
let run = FuzzRun(target: try make(), seed: seed, count: count, files: files)
do {
  print(try run.run())
} catch {
  fail("fuzz \(run.target.kind), seed \(seed): \(error); the input lies in \(run.inputFile.path)")
}
