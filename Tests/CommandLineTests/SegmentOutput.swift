import Foundation

/// The JSON of `segment`, as a program of somebody else reads it.
struct SegmentOutput: Decodable {
  struct Mask: Decodable {
    struct Code: Decodable {
      var size: [Int]
      var counts: String
    }

    struct Name: Decodable {
      var name: String
      var probability: Double
    }

    var prompt: Int?
    var level: Int
    var predictedIoU: Double
    var stability: Double?
    var area: Int
    var box: [Double]
    var segmentation: Code
    var objects: [Name]
    var parts: [Name]

    enum CodingKeys: String, CodingKey {
      case prompt, level, stability, area, box, segmentation, objects, parts
      case predictedIoU = "predicted_iou"
    }

    /// The pixels, row by row, from COCO's compressed run lengths: down the columns, first of what is not in the mask.
    /// Numbers are of five bits a character, least first, with their sign; from the fourth on they are differences.
    var bitmap: [Bool] {
      let characters = Array(segmentation.counts.utf8)
      var runs: [Int] = []
      var position = 0
      while position < characters.count {
        var number = 0
        var shift = 0
        while true {
          let bits = Int(characters[position]) - 48
          number |= (bits & 31) << shift
          shift += 5
          position += 1
          if bits & 32 == 0 {
            if bits & 16 != 0 { number |= -1 << shift }
            break
          }
        }
        runs.append(runs.count > 2 ? number + runs[runs.count - 2] : number)
      }
      let (height, width) = (segmentation.size[0], segmentation.size[1])
      var bitmap = [Bool](repeating: false, count: height * width)
      var place = 0
      for (index, run) in runs.enumerated() {
        if index % 2 == 1 {
          for pixel in place..<place + run { bitmap[pixel % height * width + pixel / height] = true }
        }
        place += run
      }
      return bitmap
    }

    func contains(_ x: Int, _ y: Int) -> Bool { bitmap[y * segmentation.size[1] + x] }
  }

  var image: String
  var width: Int
  var height: Int
  var checkpoint: String
  var masks: [Mask]

  init(_ data: Data) throws {
    self = try JSONDecoder().decode(SegmentOutput.self, from: data)
  }
}
