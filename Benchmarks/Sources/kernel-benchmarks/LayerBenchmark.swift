import BenchmarkHarness
import TensorKernels

/// What stands between the products of the default model: deformable attention, normalisation, and masks drawn at the
/// size of a photograph.
struct LayerBenchmark {
  let seconds: Double

  /// The pyramid of a picture of 576 x 768 pixels: strides 8, 16, 32 and 64.
  private static let pyramid = [(72, 96), (36, 48), (18, 24), (9, 12)].map { LevelShape(height: $0.0, width: $0.1) }

  func run(_ report: inout BenchmarkReport) throws {
    report.begin("deformable attention, normalisation and masks", columns: [.init("us"), .init("GB/s")])
    try deformableAttention(queries: nil, headSize: 12, &report)
    try deformableAttention(queries: nil, headSize: 32, &report)
    try deformableAttention(queries: 384, headSize: 12, &report)
    try normalisation(&report)
    try masks(&report)
  }

  private func add(_ name: String, bytes: Int, to report: inout BenchmarkReport, _ body: () -> Void) {
    let time = Measurement(seconds: seconds, body).median
    report.add(group: "layers", name: name, values: [time * 1e6, 1e-9 * Double(bytes) / time])
  }

  /// `queries` nil: those of the encoder, one a token.
  private func deformableAttention(queries: Int?, headSize: Int, _ report: inout BenchmarkReport) throws {
    let levels = Self.pyramid
    let heads = 8
    let points = 4
    let samples = heads * levels.count * points
    let tokens = levels.reduce(0) { $0 + $1.height * $1.width }
    let count = queries ?? tokens
    let value = try Numbers(tokens * heads * headSize, seed: 11)
    let offsets = try Numbers(count * samples * 2, seed: 12)
    for i in 0..<offsets.count { offsets.pointer[i] *= 4 }
    let logits = try Numbers(count * samples, seed: 13)
    let reference = try Numbers(count * 4, seed: 14)
    for i in 0..<reference.count { reference.pointer[i] = (reference.pointer[i] + 1) / 2 }
    if queries == nil {
      // Each token looks around its own place.
      var token = 0
      for level in levels {
        for y in 0..<level.height {
          for x in 0..<level.width {
            reference.pointer[2 * token] = (Float(x) + 0.5) / Float(level.width)
            reference.pointer[2 * token + 1] = (Float(y) + 0.5) / Float(level.height)
            token += 1
          }
        }
      }
    }
    let output = try Numbers(count * heads * headSize, seed: 0)
    let name = "deformable, \(count) x \(heads) x \(headSize)\(queries == nil ? "" : ", boxes")"
    add(name, bytes: count * samples * 4 * headSize * 4, to: &report) {
      tk_deformable_attention_f32(
        count, heads, headSize, levels.count, levels, points, value.pointer, offsets.pointer, samples * 2,
        logits.pointer, samples, reference.pointer, queries == nil ? 2 : 4, output.pointer)
    }
  }

  private func normalisation(_ report: inout BenchmarkReport) throws {
    let channels = 96
    let weight = try Numbers(channels, seed: 21)
    let bias = try Numbers(channels, seed: 22)
    for rows in [384, 9180] {
      let input = try Numbers(rows * channels, seed: 23)
      let addend = try Numbers(rows * channels, seed: 24)
      let output = try Numbers(rows * channels, seed: 0)
      add("layer norm of a sum, \(rows) x \(channels)", bytes: 3 * 4 * rows * channels, to: &report) {
        tk_layer_norm_f32(
          rows, channels, input.pointer, addend.pointer, weight.pointer, bias.pointer, 1e-5, output.pointer)
      }
    }
    for positions in [72 * 96, 144 * 192] {
      let input = try Numbers(positions * channels, seed: 25)
      let output = try Numbers(positions * channels, seed: 0)
      add("group norm, relu, \(positions) x \(channels)", bytes: 3 * 4 * positions * channels, to: &report) {
        tk_group_norm_f32(
          positions, channels, 32, input.pointer, weight.pointer, bias.pointer, 1e-5, .relu, output.pointer)
      }
    }
  }

  private func masks(_ report: inout BenchmarkReport) throws {
    let grid = 32
    let box: [Float] = [0.5, 0.5, 0.6, 0.6]
    let disc = (0..<grid * grid).map { i in
      8 - 40 * Float(distanceSquared(i / grid, i % grid, middle: grid / 2)) / Float(grid * grid)
    }
    for (height, width) in [(480, 640), (3000, 4000)] {
      var bitmap = [UInt8](repeating: 0, count: height * width)
      add("draw a mask, \(height) x \(width)", bytes: height * width, to: &report) {
        _ = tk_draw_grid_bitmap(grid, disc, box, 1.25, height, width, &bitmap)
      }
      var runs = [UInt32](repeating: 0, count: height * width)
      add("run lengths of a mask, \(height) x \(width)", bytes: height * width, to: &report) {
        _ = tk_bitmap_runs(height, width, bitmap, &runs, runs.count)
      }
    }
  }

  private func distanceSquared(_ row: Int, _ column: Int, middle: Int) -> Int {
    (row - middle) * (row - middle) + (column - middle) * (column - middle)
  }
}
