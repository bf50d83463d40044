import Synchronization
import Testing

@testable import SemanticSAMCore

/// Everything in an image, with the weights that ship.
struct AutomaticMasksTests {
  /// Few clicks, so that the tests are quick.
  private static var few: AutomaticMaskOptions {
    var options = AutomaticMaskOptions()
    options.pointsPerSide = 6
    options.includesLabels = false
    return options
  }

  @Test func masksSatisfyTheOptions() throws {
    let image = try TestModels.photograph("coffee.png")
    var options = Self.few
    options.includesLabels = true
    let masks = try TestModels.model().automaticMasks(image, options: options)
    #expect(!masks.isEmpty)
    for mask in masks {
      #expect(mask.mask.width == image.width && mask.mask.height == image.height)
      #expect(mask.predictedIoU > options.predictedIoUThreshold)
      #expect((mask.stability ?? 0) >= options.stabilityThreshold)
      #expect(mask.labels?.objects.count == 5)
      #expect(mask.crop == Box(x0: 0, y0: 0, x1: Double(image.width), y1: Double(image.height)))
      for region in mask.mask.connectedRegions() {
        #expect(region.area >= options.minimumRegionArea || region.area == mask.area)
      }
    }
    let boxes = masks.map { PixelBox($0.mask).corners }
    let kept = NonMaximumSuppression.kept(
      boxes: boxes, scores: boxes.map { _ in 0 }, threshold: max(options.boxNMSThreshold, options.cropNMSThreshold))
    #expect(kept == Array(boxes.indices))
  }

  @Test func batchesDoNotMatterUnlessClicksSeeEachOther() throws {
    let image = try TestModels.photograph("chelsea.png")
    var options = Self.few
    let masks = try TestModels.model().automaticMasks(image, options: options)
    options.pointsPerBatch = 5
    let others = try TestModels.model().automaticMasks(image, options: options)
    #expect(masks.map(\.mask) == others.map(\.mask))
    #expect(masks.map(\.predictedIoU) == others.map(\.predictedIoU))
    options.promptsSeeEachOther = true
    options.predictedIoUThreshold = 0
    let joint = try TestModels.model().automaticMasks(image, options: options)
    #expect(joint.map(\.mask) != others.map(\.mask))
  }

  /// A stability offset of 1 is counted by the kernel; the others by scaled logits.
  @Test func stabilityFallsWithItsOffset() throws {
    let image = try TestModels.photograph("coffee.png")
    var options = Self.few
    (options.pointsPerSide, options.stabilityThreshold, options.boxNMSThreshold) = (3, 0, 1)
    options.minimumRegionArea = 0
    func stabilities(_ offset: Float) throws -> [Float] {
      options.stabilityOffset = offset
      return try TestModels.model().automaticMasks(image, options: options).map { $0.stability ?? 0 }
    }
    let narrow = try stabilities(0.5)
    let usual = try stabilities(1)
    #expect(!usual.isEmpty && narrow.count == usual.count)
    #expect(zip(narrow, usual).allSatisfy { $0 >= $1 })
    #expect(narrow != usual)
  }

  @Test func cropsAddMasksOfTheirOwn() throws {
    let image = try TestModels.photograph("coffee.png")
    var options = Self.few
    (options.pointsPerSide, options.cropLayers) = (4, 1)
    let masks = try TestModels.model().automaticMasks(image, options: options)
    let crops = masks.filter { ($0.crop?.width ?? 0) < Double(image.width) }
    #expect(!crops.isEmpty)
    for mask in crops {
      let crop = try #require(mask.crop)
      #expect(mask.mask.width == image.width)
      #expect(mask.box.intersectionArea(crop) == mask.box.area)
    }
  }

  @Test func clicksOfYourOwnAndLevels() throws {
    let image = try TestModels.photograph("coffee.png")
    var options = Self.few
    options.pointGrids = [[Point(x: 0.475, y: 0.375)]]
    options.predictedIoUThreshold = 0
    options.levels = [.whole]
    options.minimumRegionArea = 0
    options.stabilityThreshold = 0
    let masks = try TestModels.model().automaticMasks(image, options: options)
    let answer = try TestModels.model().segment(image: image, prompt: .point(284.5, 149.5))
    #expect(masks.map(\.mask) == [answer[.whole]?.mask])
    #expect(masks.first?.point == Point(x: 284.5, y: 149.5))
  }

  @Test func progressRisesToOne() throws {
    let shares = Mutex<[Double]>([])
    _ = try TestModels.model().automaticMasks(TestModels.photograph("rocket.jpg"), options: Self.few) { share in
      shares.withLock { $0.append(share) }
    }
    let seen = shares.withLock { $0 }
    #expect(seen == seen.sorted() && seen.last == 1)
    #expect(seen.count == 3)  // the encoding, and two batches of 36 clicks
  }

  @Test func cancellationEndsTheWork() async throws {
    let image = try TestModels.photograph("rocket.jpg")
    let model = try TestModels.model()
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try model.automaticMasks(image, options: Self.few)
    }
    await #expect { _ = try await task.value } throws: { ($0 as? ModelError)?.code == .cancelled }
  }

  @Test func senselessOptionsAreRefused() throws {
    let image = try Image(width: 40, height: 30, pixels: [UInt8](repeating: 90, count: 3600))
    let edits: [@Sendable (inout AutomaticMaskOptions) -> Void] = [
      { $0.pointsPerSide = 0 }, { $0.pointsPerBatch = 0 }, { $0.predictedIoUThreshold = .nan },
      { $0.stabilityThreshold = 2 }, { $0.stabilityOffset = 0 }, { $0.boxNMSThreshold = -1 }, { $0.cropLayers = 9 },
      { $0.cropOverlap = 1 }, { $0.cropPointDownscale = 0 }, { $0.cropNMSThreshold = .infinity },
      { $0.minimumRegionArea = -1 }, { $0.levels = [] }, { $0.levels = [.whole, .whole] }, { $0.longEdgeLimit = 3 },
      { $0.pointGrids = [] }, { $0.pointGrids = [[Point(x: 2, y: 0)]] },
    ]
    for edit in edits {
      var options = Self.few
      edit(&options)
      expectRefusal(.invalidArgument) { try TestModels.model().automaticMasks(image, options: options) }
    }
  }

  @Test func suppressionKeepsTiesInOrder() {
    let box = SIMD4<Float>(0, 0, 10, 10)
    let point = SIMD4<Float>(3, 3, 3, 3)
    let kept = NonMaximumSuppression.kept(
      boxes: [box, box, point, point, SIMD4(0, 0, 10, 5)], scores: [0.5, 0.5, 0.9, 0.9, 0.7], threshold: 0.5)
    // Half an overlap is not above one half; points have none that is a number.
    #expect(kept == [2, 3, 4, 0])
    #expect(NonMaximumSuppression.kept(boxes: [], scores: [], threshold: 0.5).isEmpty)
  }

  @Test func tinyImagesHaveNoEmptyCrops() {
    for crop in CropBox.all(width: 1, height: 2, layers: 4, overlap: 0) {
      #expect(crop.width > 0 && crop.height > 0 && crop.x1 <= 1 && crop.y1 <= 2)
    }
  }
}
