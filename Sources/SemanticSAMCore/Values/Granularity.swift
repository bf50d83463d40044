/// How fine a mask is: level 1 is the whole thing, level 6 its smallest part.
///
/// The level says which of the six queries of a click gave the mask. The levels order what the network means, not the
/// areas: of two masks the one of the finer level can be the larger one.
public struct Granularity: Hashable, Comparable, Sendable, CaseIterable, CustomStringConvertible {
  /// 1...6.
  public let level: Int

  /// The granularity of a level.
  /// - Throws: `invalidArgument` unless `level` is in 1...6.
  public init(level: Int) throws(ModelError) {
    guard (1...6).contains(level) else {
      throw ModelError(
        .invalidArgument, "Level \(level) does not exist; levels run from 1 (the whole) to 6 (the smallest part).")
    }
    self.level = level
  }

  private init(uncheckedLevel: Int) {
    level = uncheckedLevel
  }

  /// Level 1.
  public static let whole = Granularity(uncheckedLevel: 1)
  /// Level 6.
  public static let smallestPart = Granularity(uncheckedLevel: 6)
  /// The six of them, from the whole to the smallest part.
  public static let allCases = (1...6).map(Granularity.init(uncheckedLevel:))

  /// Coarser before finer: `.whole` is the smallest value.
  public static func < (first: Granularity, second: Granularity) -> Bool {
    first.level < second.level
  }

  /// "level 1" ... "level 6".
  public var description: String { "level \(level)" }
}

/// Coded as the level alone.
extension Granularity: Codable {
  public init(from decoder: any Decoder) throws {
    try self.init(level: decoder.singleValueContainer().decode(Int.self))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(level)
  }
}
