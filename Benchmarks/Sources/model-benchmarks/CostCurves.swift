import BenchmarkHarness
import SemanticSAMCore
import SemanticSAMDefaultModel
import TensorKernels

/// Time of the built-in network against pixels, prompts, the size of the picture and threads: the cost model of
/// Docs/Performance.md.
struct CostCurves {
  static let encodeGroup = "encode, pixels"
  static let clicksGroup = "segment, clicks in one call"
  private static let threadCounts: [Int32] = [1, 2]

  /// - Parameter json: where to write the results, `nil` for nowhere.
  static func run(json: String?) throws {
    var report = BenchmarkReport(machine: .current)
    report.printHeader()
    try encode(&report)
    try prompts(&report)
    try pictures(&report)
    if let json { try report.write(to: json) }
  }

  /// `encode` of squares that the network sees as they are.
  private static func encode(_ report: inout BenchmarkReport) throws {
    let group = encodeGroup
    begin(group, per: "1 thread, ns/pixel", &report)
    for side in [128, 192, 256, 384, 512, 768, 1024] {
      let source = ModelSource.embedded
      var configuration = try SemanticSAM.load(source).configuration
      configuration.image.longEdge = side
      let model = try SemanticSAM.load(source, configuration: configuration)
      let image = try picture(width: side, height: side)
      try add(group, "\(side) x \(side)", divisor: Double(side * side) * 1e-9, &report) { _ = try model.encode(image) }
    }
  }

  /// Clicks in one call, on a picture of 384 x 288.
  private static func prompts(_ report: inout BenchmarkReport) throws {
    let group = clicksGroup
    begin(group, per: "1 thread, ms/click", &report)
    let model = try SemanticSAM.load(.embedded)
    let embedding = try model.encode(try picture(width: 384, height: 288))
    for count in [1, 2, 4, 8, 16, 32, 64] {
      let clicks = (0..<count).map { index -> Prompt in
        let (x, y) = (20 + 43 * index % 344, 20 + 31 * index % 248)
        return .point(Double(x), Double(y))
      }
      try add(group, "\(count)", divisor: Double(count) * 1e-3, &report) {
        _ = try model.segment(embedding, prompts: clicks, options: SegmentOptions(includesLabels: false))
      }
    }
  }

  /// One click on pictures that the network sees at 384 x 288: masks are drawn at the picture's own size.
  private static func pictures(_ report: inout BenchmarkReport) throws {
    let group = "one click, size of the picture"
    begin(group, per: "1 thread, ns/pixel", &report)
    let model = try SemanticSAM.load(.embedded)
    for width in [384, 1200, 2400, 4800] {
      let height = width * 3 / 4
      let embedding = try model.encode(try picture(width: width, height: height))
      let options = SegmentOptions(includesLabels: false)
      let click = Prompt.point(Double(width / 2), Double(height / 2))
      try add(group, "\(width) x \(height)", divisor: Double(width * height) * 1e-9, &report) {
        _ = try model.segment(embedding, prompt: click, options: options)
      }
    }
  }

  private static func begin(_ title: String, per unit: String, _ report: inout BenchmarkReport) {
    report.begin(
      title,
      columns: threadCounts.map { .init("\($0) thread\($0 == 1 ? "" : "s"), ms", decimals: 2) } + [
        .init(unit, decimals: 2), .init("speedup", decimals: 2),
      ])
  }

  private static func add(
    _ group: String, _ name: String, divisor: Double, _ report: inout BenchmarkReport, _ body: () throws -> Void
  ) throws {
    let seconds = try threadCounts.map { threads in
      tk_set_thread_count(threads)
      return try Measurement(seconds: 0.5, minimum: 3, body).median
    }
    report.add(
      group: group, name: name,
      values: seconds.map { $0 * 1000 } + [seconds[0] / divisor, seconds[0] / seconds[seconds.count - 1]])
  }

  /// A smooth picture with noise; what is in it does not change the time of `encode`.
  private static func picture(width: Int, height: Int) throws -> Image {
    var state: UInt64 = 1
    return try Image(
      width: width, height: height,
      pixels: (0..<width * height * 3).map { index -> UInt8 in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let slope: Int = index / 3 % width * 160 / width
        return UInt8(truncatingIfNeeded: slope + Int(state >> 59))
      })
  }
}
