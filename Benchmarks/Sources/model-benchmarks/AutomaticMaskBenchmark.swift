import BenchmarkHarness
import SemanticSAMCore
import SemanticSAMImages
import TensorKernels

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Automatic masks of a photograph with Swin-T weights: 32 x 32 clicks, six levels, the image's encoding included.
///
/// Two calls, because the second one states the most memory that its process held:
/// `predictions CHECKPOINT IMAGE` prints the 6,144 predicted IoUs, one a line; `generate CHECKPOINT IMAGE THRESHOLD THREADS`
/// prints what one run takes. Benchmarks/generate makes both.
struct AutomaticMaskBenchmark {
  private static let pointsPerSide = 32
  private let model: SemanticSAM
  private let image: Image

  init(checkpoint: String, image: String) throws {
    model = try SemanticSAM.load(.file(checkpoint), configuration: .swinT)
    self.image = try Image(contentsOf: image)
  }

  func printPredictions() throws {
    let embedding = try model.encode(image)
    let side = Self.pointsPerSide
    for row in 0..<side {
      let prompts = (0..<side).map { column in
        Prompt.point(
          (Double(column) + 0.5) / Double(side) * Double(image.width) - 0.5,
          (Double(row) + 0.5) / Double(side) * Double(image.height) - 0.5)
      }
      for answer in try model.segment(embedding, prompts: prompts, options: SegmentOptions(includesLabels: false)) {
        for candidate in answer { print(candidate.predictedIoU) }
      }
    }
  }

  /// - Parameter threshold: of the predicted IoU; 0 lets all pass.
  func run(threshold: Float, threads: Int32) throws {
    tk_set_thread_count(threads)
    var options = AutomaticMaskOptions()
    options.pointsPerSide = Self.pointsPerSide
    options.predictedIoUThreshold = threshold
    options.stabilityThreshold = 0
    options.boxNMSThreshold = 0.7
    options.minimumRegionArea = 0
    options.includesLabels = false
    // Once to warm up: the first run of a process also waits for the system's memory.
    _ = try model.automaticMasks(image, options: options)
    let clock = ContinuousClock()
    let start = clock.now
    let embedding = try model.encode(image)
    let encoded = clock.now
    let masks = try model.automaticMasks(embedding, options: options)
    let end = clock.now
    let size = embedding.inputSize
    let arithmetic = NecessaryArithmetic(model.configuration, width: size.paddedWidth, height: size.paddedHeight)
    func seconds(_ duration: Duration) -> Double { duration / .seconds(1) }
    print(
      "encode_seconds \(seconds(encoded - start)) masks_seconds \(seconds(end - encoded)) kept \(masks.count)",
      "peak_bytes \(Self.peakBytes) encode_mac \(arithmetic.encoder + arithmetic.values)",
      "query_mac \(arithmetic.query) mask_mac \(arithmetic.mask)",
      "peak_gflops \(Machine.peak(of: tk_current_isa()) ?? 0)")
    withExtendedLifetime(masks) {}
  }

  /// The most memory that the process has held.
  private static var peakBytes: Int {
    var usage = rusage()
    #if os(Linux)
      getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
      return usage.ru_maxrss * 1024
    #else
      getrusage(RUSAGE_SELF, &usage)
      return usage.ru_maxrss
    #endif
  }
}
