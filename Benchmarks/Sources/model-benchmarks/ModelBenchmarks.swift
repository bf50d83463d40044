import SemanticSAMCore
import TensorKernels

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// `model-benchmarks curves [FILE.json]` prints what the built-in network's time depends on, `model-benchmarks plot FILE.json
/// FOLDER` draws it. `predictions` and `generate` time automatic masks (see `AutomaticMaskBenchmark`).
///
/// Without arguments it times networks for a program that drives it: each line of standard input is a command, answered
/// with one line.
///
/// - `encode THREADS REPEATS`, `click THREADS REPEATS`: the milliseconds of each call. `encode` is from bytes to features;
///   `click` from features to six masks of the image's size with run lengths, names left out.
/// - `vocabulary THREADS REPEATS`: from the embeddings of 1,000 object names to the names of ten regions (Benchmarks/vocabulary).
/// - `image PATH WIDTH HEIGHT X Y`: takes the RGB bytes of that file as the image and (X, Y) as the click. Without it the
///   image is noise of 384 x 288 pixels.
/// - `swin CHECKPOINT PATH SIDE [PRECISION]`: loads Swin-T weights, and normalised pixels `[SIDE, SIDE, 3]` as 32-bit numbers;
///   `float32` or `bfloat16` are the numbers to compute with.
/// - `precision PRECISION`: loads the built-in network again, to compute with these numbers.
/// - `features THREADS REPEATS`: the milliseconds of its backbone and pixel decoder.
/// - `write-encode PATH`, `write-click PATH`, `write-features PATH`: writes what these calls return, as safetensors.
///
/// See Benchmarks/pytorch/compare and Benchmarks/peers.
@main
struct ModelBenchmarks {
  static func main() throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    if arguments.first == "curves" {
      try CostCurves.run(json: arguments.count > 1 ? arguments[1] : nil)
      return
    }
    if arguments.first == "plot", arguments.count == 3 {
      try CostPlot.run(json: arguments[1], folder: arguments[2])
      return
    }
    if arguments.first == "predictions", arguments.count == 3 {
      try AutomaticMaskBenchmark(checkpoint: arguments[1], image: arguments[2]).printPredictions()
      return
    }
    if arguments.first == "generate", arguments.count == 5, let threshold = Float(arguments[3]),
      let threads = Int32(arguments[4])
    {
      try AutomaticMaskBenchmark(checkpoint: arguments[1], image: arguments[2])
        .run(threshold: threshold, threads: threads)
      return
    }
    var network = try DefaultNetwork()
    var swin: SwinNetwork?
    while let line = readLine() {
      let words = line.split(separator: " ").map(String.init)
      print(try answer(words, &network, &swin))
      fflush(nil)
    }
  }

  private static func answer(
    _ words: [String], _ network: inout DefaultNetwork, _ swin: inout SwinNetwork?
  ) throws -> String {
    switch (words.first ?? "", words.count) {
    case ("encode", 3): return try milliseconds(words) { try network.encode() }
    case ("click", 3): return try milliseconds(words) { try network.click() }
    case ("vocabulary", 3):
      let change = try VocabularyChange(network.model)
      return try milliseconds(words) { try change.run() }
    case ("features", 3): return try milliseconds(words) { try swin?.features() }
    case ("write-encode", 2): try network.embedding.write(to: words[1])
    case ("write-click", 2): try network.writeClick(to: words[1])
    case ("write-features", 2): try swin?.writeFeatures(to: words[1])
    case ("image", 6):
      let numbers = words[2...].compactMap { Int($0) }
      guard numbers.count == 4 else { return "four numbers are needed" }
      try network.take(
        Image(width: numbers[0], height: numbers[1], pixels: try bytes(of: words[1])),
        click: Point(x: Double(numbers[2]), y: Double(numbers[3])))
    case ("swin", 4), ("swin", 5):
      guard let side = Int(words[3]) else { return "a side is needed" }
      guard let precision = Precision(rawValue: words.count > 4 ? words[4] : "float32") else { return "no precision" }
      swin = try SwinNetwork(
        checkpoint: words[1], pixels: try bytes(of: words[2]), side: side, precision: precision)
    case ("precision", 2):
      guard let precision = Precision(rawValue: words[1]) else { return "no precision" }
      network = try DefaultNetwork(precision: precision)
    default: return "unknown command"
    }
    return "done"
  }

  /// Runs `body` once to warm up where it is repeated, then times it.
  private static func milliseconds<Result>(_ words: [String], _ body: () throws -> Result) throws -> String {
    guard let threads = Int32(words[1]), let repeats = Int(words[2]) else { return "two numbers are needed" }
    tk_set_thread_count(threads)
    if repeats > 1 { _ = try body() }
    var times: [String] = []
    for _ in 0..<repeats {
      let start = ContinuousClock.now
      _ = try body()
      times.append("\((ContinuousClock.now - start) / .milliseconds(1))")
    }
    return times.joined(separator: " ")
  }

  private static func bytes(of path: String) throws -> [UInt8] {
    guard let file = fopen(path, "rb") else { throw UnreadableFile(path: path) }
    defer { fclose(file) }
    fseek(file, 0, SEEK_END)
    let count = ftell(file)
    rewind(file)
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      initialized = fread(buffer.baseAddress, 1, count, file)
    }
  }
}

struct UnreadableFile: Error {
  let path: String
}
