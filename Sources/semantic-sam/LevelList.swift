import ArgumentParser
import SemanticSAMCore

/// The levels that `--levels` names, as in 1-3 or 2,5.
enum LevelList {
  /// Each level once, in the order of the text.
  static func parse(_ text: String) throws -> [Granularity] {
    var chosen: [Granularity] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let bounds = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
      guard let first = bounds.first ?? nil, let last = bounds.last ?? nil, bounds.count <= 2,
        (1...6).contains(first), (1...6).contains(last), first <= last
      else {
        throw ValidationError("--levels '\(text)' does not name levels; give numbers from 1 to 6, as in 1-3 or 2,5.")
      }
      for level in first...last {
        let granularity = try Granularity(level: level)
        if !chosen.contains(granularity) { chosen.append(granularity) }
      }
    }
    return chosen
  }
}
