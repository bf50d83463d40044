import Foundation
import SemanticSAMCore
import SemanticSAMData
import Testing

struct COCOAnnotationsTests {
  /// Counts of the data set's description.
  @Test(.enabled(if: SharedData.isPresent)) func realFilesHaveTheDescribedCounts() throws {
    let coco = SharedData.path("datasets/coco")
    for (split, images, annotations, crowds) in [("train2017", 343, 2974, 29), ("val2017", 80, 769, 12)] {
      let data = try COCODataset(.coco, at: coco, split: split)
      #expect(data.annotations.images.count == images)
      #expect(data.annotations.annotations.count == annotations)
      #expect(data.annotations.annotations.count { $0.isCrowd } == crowds)
      #expect(data.annotations.categories.count == 80)
      for index in 0..<data.count {
        let sample = try data.sample(at: index)
        #expect(sample.regions.allSatisfy { $0.mask != nil && $0.kind == .object })
        guard case .file(let path) = sample.image.place else { continue }
        #expect(FileManager.default.fileExists(atPath: path))
      }
    }
  }

  @Test(.enabled(if: SharedData.isPresent)) func partsHaveTheirObjects() throws {
    let cars = try COCODataset(.carParts, at: SharedData.path("datasets/car_parts"))
    #expect(cars.count == 30)
    #expect(cars.annotations.annotations.count == 247)
    #expect(cars.categories.objects.map(\.name) == ["car"])
    #expect(cars.categories.parts.count == 18)
    let clothing = try COCODataset(.extra, at: SharedData.path("datasets/extra/clothing"))
    #expect(clothing.categories.objects.map(\.name) == ["person with clothes"])
    var parts = 0
    for index in 0..<clothing.count {
      let sample = try clothing.sample(at: index)
      for region in sample.regions where region.kind == .part {
        parts += 1
        let parent = try #require(region.parent)
        #expect(sample.regions[parent].kind == .object)
        #expect(region.mask?.area == Int(region.area))
        #expect(region.objectCategory == 0)
        #expect(region.partCategory != nil)
      }
    }
    #expect(parts == 1813)
  }

  /// Masks as codes: the area is the annotated one, which the makers of the file counted.
  @Test(.enabled(if: SharedData.isPresent)) func extraSetsHaveTheirAreas() throws {
    var (images, masks) = (0, 0)
    for set in [
      "coco", "coco_panoptic", "coco_partial", "car_parts", "clothing", "pennfudan", "balloon", "duts", "ecssd",
    ] {
      let data = try COCODataset(.extra, at: SharedData.path("datasets/extra/\(set)"))
      images += data.count
      for index in 0..<data.count {
        let sample = try data.sample(at: index)
        masks += sample.regions.count
        for region in sample.regions { #expect(region.mask?.area == Int(region.area)) }
      }
    }
    #expect(images == 2021)
    #expect(masks == 9609)
  }
}
