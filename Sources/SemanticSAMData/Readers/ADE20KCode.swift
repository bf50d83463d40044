import SemanticSAMCore
import SemanticSAMImages

/// How the full release of ADE20K colours its pixels: the class is R / 10 * 256 + G with a whole division, B tells the
/// instances of a picture apart.
enum ADE20KCode {
  /// The class of a pixel R + 256 G + 65536 B; 0 for none.
  static func category(of value: UInt32) -> UInt32 {
    (value & 0xFF) / 10 * 256 + (value >> 8 & 0xFF)
  }

  /// The instance of a pixel; 0 for none.
  static func instance(of value: UInt32) -> UInt32 {
    value >> 16
  }
}

/// The rule by which the 150 classes of SceneParsing were made from the full release of ADE20K: class codes scaled down to a
/// short side of 512 pixels by nearest neighbour, then looked up in `mapFromADE.txt`.
///
/// CSAILVision/sceneparsing, `convertFromADE`.
public struct SceneParsingConversion: Sendable {
  private let classes: [UInt32: UInt32]

  /// - Parameter path: `mapFromADE.txt`: lines of a class of SceneParsing (1...150) and a code; a class can have several.
  /// - Throws: `unreadableFile`, or `malformedFile` naming the line.
  public init(mapping path: String) throws(ModelError) {
    var classes: [UInt32: UInt32] = [:]
    for (place, line) in try Folder.lines(path).enumerated() {
      let numbers = line.split(whereSeparator: \.isWhitespace).map { UInt32($0) }
      guard numbers.count == 2, let target = numbers[0], let code = numbers[1] else {
        throw ModelError(.malformedFile, "Line \(place + 1) of '\(path)' is not a class and a code; get another copy.")
      }
      classes[code] = target
    }
    self.classes = classes
  }

  /// The labels of SceneParsing, 0 for others, of a `_seg.png`.
  public func callAsFunction(_ image: LabelImage) throws(ModelError) -> LabelImage {
    let short = min(image.width, image.height)
    guard short > 512 else {
      return try LabelImage(
        width: image.width, height: image.height,
        values: image.values.map { classes[ADE20KCode.category(of: $0)] ?? 0 })
    }
    let width = Int((Double(image.width) * 512 / Double(short)).rounded())
    let height = Int((Double(image.height) * 512 / Double(short)).rounded())
    // The pixel in which the centre of the new pixel lies, as Pillow takes it.
    let columns = (0..<width).map { Int((Double($0) + 0.5) * Double(image.width) / Double(width)) }
    let rows = (0..<height).map { Int((Double($0) + 0.5) * Double(image.height) / Double(height)) }
    var values: [UInt32] = []
    values.reserveCapacity(width * height)
    for row in rows {
      for column in columns {
        values.append(classes[ADE20KCode.category(of: image.values[row * image.width + column])] ?? 0)
      }
    }
    return try LabelImage(width: width, height: height, values: values)
  }
}
