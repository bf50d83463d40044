/// An image in which each pixel has a name.
public struct SemanticMap: Hashable, Sendable {
  /// In pixels.
  public let width: Int
  public let height: Int
  /// `[height, width]`, row by row: the place of each pixel's name in `names`; `noName` where it has none.
  public let categories: [UInt16]
  /// The vocabulary.
  public let names: [String]

  /// The number that stands for no name.
  public static let noName = UInt16.max

  /// - Precondition: as many categories as pixels.
  init(width: Int, height: Int, categories: [UInt16], names: [String]) {
    precondition(
      categories.count == width * height, "\(categories.count) names do not fill \(width) x \(height) pixels.")
    self.width = width
    self.height = height
    self.categories = categories
    self.names = names
  }

  /// The pixels of a name.
  /// - Throws: `limitExceeded` where the image has more pixels than a mask can have.
  public func mask(of category: Int) throws(ModelError) -> Mask {
    try Mask(width: width, height: height, bitmap: categories.map { Int($0) == category ? 1 : 0 })
  }

  /// How many pixels each name has that occurs, most first.
  public var areas: [(category: Int, area: Int)] {
    var counts = [Int](repeating: 0, count: names.count)
    for category in categories where Int(category) < counts.count { counts[Int(category)] += 1 }
    return counts.indices.filter { counts[$0] > 0 }.map { ($0, counts[$0]) }
      .sorted { ($1.area, $0.category) < ($0.area, $1.category) }
  }
}
