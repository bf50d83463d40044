import Foundation

// fuzz-readers KIND SEED COUNT FILE...: reads COUNT mutations of the files with the reader of that kind.

let targets: [any ReaderTarget] = try [
  ImageTarget(kind: "jpeg"),
  ImageTarget(kind: "png"),
  ImageTarget(kind: "webp"),
  SafetensorsTarget(),
  CheckpointTarget(),
  PyTorchTarget(format: .zip),
  PyTorchTarget(format: .legacy),
  AnnotationTarget(),
  MATLABTarget(),
]

func fail(_ message: String) -> Never {
  FileHandle.standardError.write(Data((message + "\n").utf8))
  exit(1)
}

let arguments = CommandLine.arguments.dropFirst()
guard arguments.count >= 4,
  let target = targets.first(where: { $0.kind == arguments[1] }),
  let seed = UInt64(arguments[2]),
  let count = Int(arguments[3]), count > 0
else {
  let kinds = targets.map(\.kind).joined(separator: "|")
  fail("usage: fuzz-readers \(kinds) SEED COUNT FILE...")
}
let files = arguments.dropFirst(3).map { path in
  guard let data = FileManager.default.contents(atPath: path) else { fail("The seed file '\(path)' cannot be read.") }
  return [UInt8](data)
}
let run = FuzzRun(target: target, seed: seed, count: count, files: files)
do {
  print(try run.run())
} catch {
  fail("fuzz \(target.kind), seed \(seed): \(error); the input lies in \(run.inputFile.path)")
}
