import SemanticSAMCore

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The annotations of one photograph of SA-1B: masks of every granularity, without names.
struct SA1BRecord: Decodable {
  var image: ImageRecord
  var annotations: [Annotation]

  struct ImageRecord: Decodable {
    var width: Int
    var height: Int
    var fileName: String

    enum CodingKeys: String, CodingKey {
      case width, height
      case fileName = "file_name"
    }
  }

  struct Annotation: Decodable {
    var id: Int64
    var segmentation: Code
    /// x, y, width, height.
    var bbox: [Double]
    var area: Double
    var points: [[Double]]?

    enum CodingKeys: String, CodingKey {
      case id, segmentation, bbox, area
      case points = "point_coords"
    }
  }

  struct Code: Decodable {
    /// Height, width.
    var size: [Int]
    var counts: String
  }

  /// - Parameter name: the beginning of a sentence about the record.
  /// - Throws: `malformedFile` with the place of what is missing or has the wrong type.
  init(json: [UInt8], name: String) throws(ModelError) {
    do {
      self = try JSONDecoder().decode(SA1BRecord.self, from: Data(json))
    } catch let error as DecodingError {
      throw ModelError(.malformedFile, "\(name) cannot be read: \(error.reason); get an intact copy.")
    } catch {
      throw ModelError(.malformedFile, "\(name) is not JSON; get an intact copy.")
    }
  }

  /// The regions, in the order of the annotations.
  /// - Parameter problem: as in ``Dataset/sample(at:problem:)``.
  /// - Throws: `malformedFile` naming the annotation.
  func regions(name: String, problem: ((ModelError) -> Void)?) throws(ModelError) -> [Region] {
    guard image.width > 0, image.height > 0 else {
      throw ModelError(
        .malformedFile, "\(name) says that the image has \(image.width) x \(image.height) pixels; get an intact copy.")
    }
    var ids: Set<Int64> = []
    var regions: [Region] = []
    regions.reserveCapacity(annotations.count)
    for annotation in annotations {
      try tolerating(problem) { () throws(ModelError) in
        guard ids.insert(annotation.id).inserted else { throw malformed(name, annotation, "stands twice") }
        regions.append(try region(annotation, name))
      }
    }
    return regions
  }

  private func region(_ annotation: Annotation, _ name: String) throws(ModelError) -> Region {
    let box = annotation.bbox
    guard box.count == 4 else { throw malformed(name, annotation, "has a box of \(box.count) numbers") }
    guard annotation.segmentation.size == [image.height, image.width] else {
      throw malformed(
        name, annotation,
        "has a mask of the size \(annotation.segmentation.size), not [\(image.height), \(image.width)]")
    }
    let points = annotation.points ?? []
    guard points.allSatisfy({ $0.count == 2 }) else {
      throw malformed(name, annotation, "has a point that is not x, y")
    }
    let mask: Mask
    do throws(ModelError) {
      mask = Mask(
        try RunLengths(height: image.height, width: image.width, compressed: annotation.segmentation.counts))
    } catch {
      throw malformed(name, annotation, "has a mask that cannot be decoded (\(error.message.dropLast()))")
    }
    guard !mask.isEmpty else { throw malformed(name, annotation, "has an empty mask") }
    return Region(
      id: annotation.id, kind: .unlabelled, mask: mask,
      box: Box(x0: box[0], y0: box[1], x1: box[0] + box[2], y1: box[1] + box[3]), area: annotation.area,
      points: points.map { Point(x: $0[0], y: $0[1]) })
  }

  private func malformed(_ name: String, _ annotation: Annotation, _ what: String) -> ModelError {
    ModelError(.malformedFile, "\(name) cannot be used: annotation \(annotation.id) \(what); get an intact copy.")
  }
}

/// Runs `body`; its error goes to `problem` where there is one.
func tolerating(
  _ problem: ((ModelError) -> Void)?, _ body: () throws(ModelError) -> Void
) throws(ModelError) {
  do throws(ModelError) {
    try body()
  } catch {
    guard let problem else { throw error }
    problem(error)
  }
}
