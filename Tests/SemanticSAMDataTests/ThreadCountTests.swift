import SemanticSAMCore
import SemanticSAMImages
import TensorKernels
import Testing

@testable import SemanticSAMData

/// The same numbers, bit by bit, whatever the number of threads. One after the other, because the number is the process's.
@Suite(.serialized, .enabled(if: SharedData.isPresent)) struct ThreadCountTests {
  /// What `body` gives with 1, 2, 3 and 8 threads.
  private func results<Value>(_ body: () throws -> Value) throws -> [Value] {
    let usual = tk_thread_count()
    defer { tk_set_thread_count(usual) }
    return try ([1, 2, 3, 8] as [Int32]).map { count in
      tk_set_thread_count(count)
      return try body()
    }
  }

  @Test(arguments: COCOTask.allCases) func averagePrecision(_ task: COCOTask) throws {
    let annotations = try COCOAnnotations(
      contentsOf: SharedData.path("datasets/coco/annotations/instances_val2017.json"))
    let found = try COCOResults(contentsOf: SharedData.path("evaluation/coco_val_results.json"), for: annotations)
    let results = try results { try COCOAveragePrecision(task: task, annotations: annotations, results: found) }
    for result in results.dropFirst() {
      #expect(result.statistics == results[0].statistics && result.categories == results[0].categories)
      for category in result.categories {
        for threshold in 0..<10 {
          #expect(
            result.precision(ofCategory: category.id, threshold: threshold)
              == results[0].precision(ofCategory: category.id, threshold: threshold))
        }
      }
    }
  }

  @Test func panopticQuality() throws {
    let folder = SharedData.path("evaluation/panoptic")
    let truth = try PanopticDocument(contentsOf: folder + "/truth.json")
    let prediction = try PanopticDocument(contentsOf: folder + "/prediction.json")
    let results = try results {
      try PanopticQuality(
        truth: truth, prediction: prediction,
        truthMap: { (annotation) throws(ModelError) in
          try LabelImage(contentsOf: folder + "/truth/" + annotation.fileName)
        },
        predictionMap: { (annotation) throws(ModelError) in
          try LabelImage(contentsOf: folder + "/prediction/" + annotation.fileName)
        })
    }
    #expect(results.allSatisfy { $0 == results[0] })
  }

  @Test func granularity() throws {
    let dataset = try SA1B(at: SharedData.path("datasets/sa1b_form"), split: "val")
    let one = OneSample(try dataset.sample(at: 0))
    let results = try results {
      try GranularityEvaluation(one) { task throws(ModelError) in
        task.objects.map { object in
          Segmentation(
            imageWidth: task.width, imageHeight: task.height,
            candidates: [Candidate(mask: object.truth, granularity: .whole, predictedIoU: 1)])
        }
      }
    }
    #expect(results.allSatisfy { $0 == results[0] })
  }

  private struct OneSample: Dataset {
    let name = "one"
    let categories = CategoryTables()
    let count = 1
    private let sample: Sample

    init(_ sample: Sample) {
      self.sample = sample
    }

    func sample(at index: Int) throws(ModelError) -> Sample { sample }
  }
}
