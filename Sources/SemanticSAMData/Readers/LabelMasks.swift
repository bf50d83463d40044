import SemanticSAMCore
import SemanticSAMImages

/// The masks of a map of labels: one for each value that occurs, in rising order of the values.
struct LabelMasks {
  let values: [UInt32]
  let masks: [Mask]

  /// A map with more values is no map of labels but a photograph.
  static let maximumCount = 1 << 16

  /// - Parameter name: the beginning of a sentence about the map.
  /// - Throws: `malformedFile` where more than 65,536 values occur.
  init(_ image: LabelImage, name: String) throws(ModelError) {
    let (width, values) = (image.width, image.values)
    try self.init(width: width, height: image.height, name: name) { x, y in values[y * width + x] }
  }

  /// - Parameter columns: `[width, height]`, column by column.
  /// - Throws: `malformedFile` where more than 65,536 values occur or the sizes do not fit.
  init(width: Int, height: Int, columns: [UInt32], name: String) throws(ModelError) {
    guard width > 0, height > 0, columns.count == width * height else {
      throw ModelError(.malformedFile, "\(name) has no pixels; get another copy.")
    }
    try self.init(width: width, height: height, name: name) { x, y in columns[x * height + y] }
  }

  private init(
    width: Int, height: Int, name: String, _ label: (_ x: Int, _ y: Int) -> UInt32
  ) throws(ModelError) {
    var places: [UInt32: Int] = [:]
    var runs: [Runs] = []
    var current = label(0, 0)
    var start = 0
    func close(at end: Int) {
      let place = places[current] ?? runs.count
      if place == runs.count {
        places[current] = place
        runs.append(Runs())
      }
      runs[place].append(start..<end)
    }
    for x in 0..<width {
      for y in 0..<height {
        let value = label(x, y)
        guard value != current else { continue }
        close(at: x * height + y)
        guard runs.count <= Self.maximumCount else {
          throw ModelError(
            .malformedFile,
            "\(name) holds more than \(Self.maximumCount) values; give a map of labels, one value for each region.")
        }
        current = value
        start = x * height + y
      }
    }
    close(at: width * height)
    let sorted = places.sorted { $0.key < $1.key }
    values = sorted.map(\.key)
    var masks: [Mask] = []
    for (_, place) in sorted {
      masks.append(Mask(try runs[place].code(width: width, height: height)))
    }
    self.masks = masks
  }

  /// The mask of `value`, where it occurs.
  subscript(value: UInt32) -> Mask? {
    values.firstIndex(of: value).map { masks[$0] }
  }

  /// The runs of one value, in column-major order.
  private struct Runs {
    private var counts: [UInt32] = []
    private var end = 0

    mutating func append(_ range: Range<Int>) {
      counts.append(UInt32(range.lowerBound - end))
      counts.append(UInt32(range.count))
      end = range.upperBound
    }

    func code(width: Int, height: Int) throws(ModelError) -> RunLengths {
      try RunLengths(height: height, width: width, counts: counts + [UInt32(width * height - end)])
    }
  }
}

extension Mask {
  /// The mask of the numbers other than 0 of a MATLAB matrix.
  /// - Returns: `nil` where it does not have two dimensions, or no pixels.
  init?(_ numbers: MATNumbers) throws(ModelError) {
    guard numbers.dimensions.count == 2, numbers.count > 0, let labels = numbers.labels else { return nil }
    var counts: [UInt32] = []
    var isSet = false
    var length: UInt32 = 0
    for label in labels {
      if (label != 0) != isSet {
        counts.append(length)
        isSet.toggle()
        length = 0
      }
      length += 1
    }
    counts.append(length)
    self.init(try RunLengths(height: numbers.dimensions[0], width: numbers.dimensions[1], counts: counts))
  }
}

extension Region {
  /// A region whose box and area are its mask's.
  init(
    id: Int64, kind: Kind, mask: Mask, objectCategory: Int? = nil, partCategory: Int? = nil, parent: Int? = nil,
    isCrowd: Bool = false
  ) {
    self.init(
      id: id, kind: kind, mask: mask, box: mask.box, area: Double(mask.area), objectCategory: objectCategory,
      partCategory: partCategory, parent: parent, isCrowd: isCrowd)
  }
}
