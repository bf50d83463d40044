import Foundation
import SemanticSAMCore
import Testing

struct InteriorPointTests {
  @Test func distancesEqualThoseThatAreSearched() throws {
    var generator = SeededGenerator(seed: 41)
    for _ in 0..<1_000 {
      let bitmap = Bitmap.random(using: &generator)
      try check(bitmap)
    }
    for bitmap in Bitmap.all(width: 3, height: 4) { try check(bitmap) }
    for (width, height) in [(200, 1), (1, 200), (60, 31)] {
      try check(Bitmap(width: width, height: height, pixels: [UInt8](repeating: 1, count: width * height)))
    }
  }

  @Test func clicksEqualThoseOfTheProtocol() throws {
    let objects = try ClickedObject.load()
    #expect(!objects.isEmpty)
    for object in objects {
      let mask = try object.mask()
      let click = try #require(try mask.interiorPoint())
      #expect([click.x, click.y] == object.click && click.squaredDistance == object.squaredDistance, "\(object.id)")
      let largest = try mask.squaredDistances().count { $0 == UInt32(object.squaredDistance) }
      #expect(largest == object.ties ?? largest)
      #expect(mask.area == object.maskArea)
    }
  }

  private func check(_ bitmap: Bitmap) throws {
    let (width, height) = (bitmap.width, bitmap.height)
    let mask = try bitmap.mask()
    var outside: [(x: Int, y: Int)] = []
    for y in -1...height {
      for x in -1...width {
        let isBeyond = x < 0 || y < 0 || x == width || y == height
        if isBeyond || bitmap.pixels[y * width + x] == 0 { outside.append((x, y)) }
      }
    }
    var expected: [UInt32] = []
    for y in 0..<height {
      for x in 0..<width {
        let squares = outside.map { place -> Int in
          let (dx, dy) = (place.x - x, place.y - y)
          return dx * dx + dy * dy
        }
        let nearest = squares.min() ?? 0
        expected.append(UInt32(nearest))
      }
    }
    #expect(try mask.squaredDistances() == expected)
    let point = try mask.interiorPoint()
    if let largest = expected.max(), largest > 0, let place = expected.firstIndex(of: largest) {
      #expect(point == InteriorPoint(x: place % width, y: place / width, squaredDistance: Int(largest)))
    } else {
      #expect(point == nil)
    }
  }
}

/// An annotated object with its click, as scipy's exact distance transform has it.
struct ClickedObject {
  var id: Int
  var width: Int
  var height: Int
  var segmentation: Segmentation
  var click: [Int]
  var squaredDistance: Int
  /// How many pixels have the largest distance, where that was counted.
  var ties: Int?
  var maskArea: Int

  /// COCO's three forms of a mask.
  enum Segmentation: Decodable {
    case polygons([[Double]])
    case counts([UInt32])
    case compressed(String)

    private struct Code: Decodable {
      var counts: Counts
    }

    private enum Counts: Decodable {
      case runs([UInt32])
      case string(String)

      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let string = try? container.decode(String.self) {
          self = .string(string)
        } else {
          self = .runs(try container.decode([UInt32].self))
        }
      }
    }

    init(from decoder: any Decoder) throws {
      if let polygons = try? decoder.singleValueContainer().decode([[Double]].self) {
        self = .polygons(polygons)
        return
      }
      switch try decoder.singleValueContainer().decode(Code.self).counts {
      case .runs(let runs): self = .counts(runs)
      case .string(let string): self = .compressed(string)
      }
    }
  }

  func mask() throws -> Mask {
    switch segmentation {
    case .polygons(let polygons): try Mask(polygons: polygons, width: width, height: height)
    case .counts(let runs): Mask(try RunLengths(height: height, width: width, counts: runs))
    case .compressed(let string): Mask(try RunLengths(height: height, width: width, compressed: string))
    }
  }

  // MARK: Files

  private struct Annotations: Decodable {
    struct Image: Decodable {
      var id: ID
      var width: Int
      var height: Int
    }

    struct Annotation: Decodable {
      var id: Int
      var imageId: ID
      var segmentation: Segmentation
    }

    var images: [Image]
    var annotations: [Annotation]
  }

  /// Numbers in COCO, names in PASCAL.
  private struct ID: Decodable, Hashable {
    var text: String

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      text = try (try? container.decode(String.self)) ?? "\(container.decode(Int.self))"
    }
  }

  private struct Expected: Decodable {
    struct Object: Decodable {
      var annotationId: Int
      var maskArea: Int
      var click: [Int]
      var squaredDistance: Int
      var ties: Int?
    }

    var objects: [Object]
  }

  /// The fixture, or all objects of COCO, the car parts and PASCAL Part where the shared data are at hand.
  static func load() throws -> [ClickedObject] {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    func pairs(_ annotations: URL, _ expected: Expected) throws -> [ClickedObject] {
      let file = try decoder.decode(Annotations.self, from: Data(contentsOf: annotations))
      let images = Dictionary(file.images.map { ($0.id, $0) }) { first, _ in first }
      let byID = Dictionary(file.annotations.map { ($0.id, $0) }) { first, _ in first }
      return try expected.objects.map { object in
        let annotation = try #require(byID[object.annotationId])
        let image = try #require(images[annotation.imageId])
        return ClickedObject(
          id: object.annotationId, width: image.width, height: image.height, segmentation: annotation.segmentation,
          click: object.click, squaredDistance: object.squaredDistance, ties: object.ties, maskArea: object.maskArea)
      }
    }
    guard let coco = SharedFiles.file("datasets/coco/annotations/instances_val2017.json"),
      let cars = SharedFiles.file("datasets/car_parts/annotations/val.json"),
      let pascal = SharedFiles.file("datasets/pascal_part/parts.json"),
      let clicks = SharedFiles.file("evaluation/clicks_expected.json"),
      let parts = SharedFiles.file("evaluation/clicks_parts_expected.json")
    else {
      let fixture = SharedFiles.fixture("clicks.json")
      return try pairs(fixture, decoder.decode(Expected.self, from: Data(contentsOf: fixture)))
    }
    let partClicks = try decoder.decode([String: Expected].self, from: Data(contentsOf: parts))
    return try pairs(coco, decoder.decode(Expected.self, from: Data(contentsOf: clicks)))
      + pairs(cars, #require(partClicks["car_parts_val"])) + pairs(pascal, #require(partClicks["pascal_part"]))
  }
}
