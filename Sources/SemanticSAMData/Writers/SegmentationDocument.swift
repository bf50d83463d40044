import SemanticSAMCore

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The masks of a photograph as JSON that other programs read: see Docs/JSON.md and Docs/segmentation.schema.json.
///
/// It holds no times and no machine's name, so the same call gives the same bytes.
public struct SegmentationDocument: Codable, Hashable, Sendable {
  /// The photograph as it was named.
  public var image: String
  /// In pixels.
  public var width: Int
  public var height: Int
  /// The weights as they were named.
  public var checkpoint: String
  public var masks: [MaskRecord]

  public struct MaskRecord: Codable, Hashable, Sendable {
    /// The place of its prompt in the list, from 0; absent where there was one prompt only.
    public var prompt: Int?
    /// 1 (the whole) to 6 (the smallest part).
    public var level: Int
    public var predictedIoU: Float
    /// `null` where it is undefined.
    public var stability: Float?
    /// In pixels.
    public var area: Int
    /// `[x, y, width, height]` in pixels, as COCO has it.
    public var box: [Double]
    public var segmentation: Code
    public var objects: [Name]
    public var parts: [Name]
    /// What the mask is by both classifiers together; absent where it was not named.
    public var recognition: Recognised?

    enum CodingKeys: String, CodingKey {
      case prompt, level, stability, area, box, segmentation, objects, parts, recognition
      case predictedIoU = "predicted_iou"
    }

    /// `stability` is written even where it is `null`; `prompt` only where it is known.
    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encodeIfPresent(prompt, forKey: .prompt)
      try container.encode(level, forKey: .level)
      try container.encode(predictedIoU, forKey: .predictedIoU)
      try container.encode(stability, forKey: .stability)
      try container.encode(area, forKey: .area)
      try container.encode(box, forKey: .box)
      try container.encode(segmentation, forKey: .segmentation)
      try container.encode(objects, forKey: .objects)
      try container.encode(parts, forKey: .parts)
      try container.encodeIfPresent(recognition, forKey: .recognition)
    }
  }

  /// COCO's compressed run-length code.
  public struct Code: Codable, Hashable, Sendable {
    /// `[height, width]`.
    public var size: [Int]
    public var counts: String
  }

  /// An object, a part, a part of an object, or (with neither) something unknown.
  public struct Recognised: Codable, Hashable, Sendable {
    public var object: Name?
    public var part: Name?
  }

  public struct Name: Codable, Hashable, Sendable {
    public var name: String
    public var probability: Float
  }

  /// - Parameter segmentations: one for each prompt; their candidates are written in order.
  public init(image: String, checkpoint: String, width: Int, height: Int, segmentations: [[Candidate]]) {
    self.image = image
    self.checkpoint = checkpoint
    self.width = width
    self.height = height
    masks = segmentations.enumerated().flatMap { index, candidates in
      candidates.map { MaskRecord($0, prompt: segmentations.count > 1 ? index : nil) }
    }
  }

  /// The document as one line of UTF-8 with sorted keys and a newline at its end.
  /// - Throws: `invalidArgument` where a number is not finite and JSON has no form for it.
  public func encoded() throws(ModelError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(self) else {
      throw ModelError(
        .invalidArgument,
        "The masks of '\(image)' cannot be written as JSON: a number is not finite; check the weights.")
    }
    return Array(data) + [UInt8(ascii: "\n")]
  }
}

extension SegmentationDocument.MaskRecord {
  init(_ candidate: Candidate, prompt: Int?) {
    let box = candidate.box
    let mask = candidate.mask
    self.prompt = prompt
    level = candidate.granularity.level
    predictedIoU = candidate.predictedIoU
    stability = candidate.stability
    area = candidate.area
    self.box = [box.x0, box.y0, box.width, box.height]
    segmentation = SegmentationDocument.Code(size: [mask.height, mask.width], counts: mask.runLengths.compressed)
    objects = candidate.labels?.objects.map { .init(name: $0.name, probability: $0.probability) } ?? []
    parts = candidate.labels?.parts.map { .init(name: $0.name, probability: $0.probability) } ?? []
    recognition = candidate.recognition.map { recognition in
      SegmentationDocument.Recognised(
        object: recognition.object.map { .init(name: $0.name, probability: $0.probability) },
        part: recognition.part.map { .init(name: $0.name, probability: $0.probability) })
    }
  }
}
