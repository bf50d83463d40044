import Foundation
import SemanticSAMCore
import SemanticSAMDefaultModel
import TensorKernels

/// Times the default network on an image of 384 x 288 pixels, for a program that drives it: each line `encode THREADS
/// REPEATS`, `click THREADS REPEATS` or `vocabulary THREADS REPEATS` of standard input is answered with the milliseconds of each call.
///
/// `encode` is from bytes to features; `click` from features to six masks of the image's size with run lengths, names left
/// out; `vocabulary` from the embeddings of 1,000 object names to the names of ten regions of an encoded image. See
/// Benchmarks/pytorch/compare and Benchmarks/vocabulary.
@main
struct ModelBenchmarks {
  static func main() throws {
    let model = try SemanticSAM.load(.embedded)
    let (width, height) = (384, 288)
    var generator = Generator(state: 1)
    let image = try Image(
      width: width, height: height,
      pixels: (0..<width * height * 3).map { _ in UInt8.random(in: 0...255, using: &generator) })
    let embedding = try model.encode(image)
    let names = (0..<1000).map { "name \($0)" }
    let dimension = model.configuration.names?.textDimension ?? 0
    let embeddings = Tensor(
      (0..<names.count * dimension).map { _ in Float.random(in: -1...1, using: &generator) },
      shape: [names.count, dimension])
    let regions = Tensor(
      (0..<10 * model.regionFeatureCount).map { _ in Float.random(in: -1...1, using: &generator) },
      shape: [10, model.regionFeatureCount])
    let options = SegmentOptions(includesLabels: false)
    while let line = readLine() {
      let words = line.split(separator: " ")
      guard words.count == 3, let threads = Int32(words[1]), let repeats = Int(words[2]) else { continue }
      tk_set_thread_count(threads)
      var milliseconds: [String] = []
      for _ in 0..<repeats {
        let start = ContinuousClock.now
        if words[0] == "encode" {
          _ = try model.encode(image)
        } else if words[0] == "vocabulary", let parts = model.vocabulary?.parts {
          let objects = try Vocabulary.Table(names: names, embeddings: embeddings)
          _ = try model.labels(ofRegions: regions, vocabulary: Vocabulary(objects: objects, parts: parts))
        } else {
          _ = try model.segment(embedding, prompt: .point(191, 143), options: options)
        }
        milliseconds.append(String(format: "%.4f", (ContinuousClock.now - start) / .milliseconds(1)))
      }
      print(milliseconds.joined(separator: " "))
      fflush(nil)
    }
  }
}

/// Numbers that are the same in each run.
private struct Generator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ (state >> 29)
  }
}
