/// How the name of a category in a file becomes an object and a part of it.
public enum CategoryNaming: Hashable, Sendable {
  /// Every name is an object's, as it stands.
  case objects
  /// `car:wheel` is the part "wheel" of the object "car"; a name without a colon is an object.
  case colon
  /// PACO: as `colon`, with underscores as spaces and in lower case: `car_(automobile):wheel` is "wheel" of "car
  /// (automobile)".
  case paco
  /// PartImageNet: `Car Side Mirror` is the part "side mirror" of the object "car".
  case firstWord
  /// Objects365: in lower case, without outer spaces, misspelt names corrected.
  case objects365

  /// The parts of a name.
  /// - Parameter asReference: as the published reference does it, with the names that it cuts off or misspells: PACO's
  ///   without what stands in brackets, PartImageNet's by the second word only, Objects365's as published.
  public func split(_ name: String, asReference: Bool = false) -> (object: String, part: String?) {
    switch self {
    case .objects:
      return (name, nil)
    case .colon:
      let pieces = name.split(separator: ":", maxSplits: 1).map { String(Self.trimmed($0)) }
      return pieces.count == 2 ? (pieces[0], pieces[1]) : (name, nil)
    case .paco:
      let pieces = name.split(separator: ":", maxSplits: 1).map { Self.plain(String($0), isCut: asReference) }
      guard let object = pieces.first else { return (name, nil) }
      return (object, pieces.count == 2 ? pieces[1] : nil)
    case .firstWord:
      let words = name.split(separator: " ").map { $0.lowercased() }
      guard words.count > 1 else { return (name.lowercased(), nil) }
      if asReference { return (words[0], words[1]) }
      return (words[0], words[1...].map { $0 == "tier" ? "tire" : $0 }.joined(separator: " "))
    case .objects365:
      let plain = name.lowercased()
      if asReference { return (plain, nil) }
      let trimmed = String(Self.trimmed(plain[...]))
      return (Self.corrections[trimmed] ?? trimmed, nil)
    }
  }

  private static func plain(_ name: String, isCut: Bool) -> String {
    var result = name
    if isCut, let bracket = result.firstRange(of: "_(") {
      let end = result[bracket.upperBound...].firstIndex(of: ")").map { result.index(after: $0) } ?? result.endIndex
      result.removeSubrange(bracket.lowerBound..<end)
    }
    return result.split(separator: "_").joined(separator: " ").lowercased()
  }

  private static func trimmed(_ text: Substring) -> Substring {
    let start = text.drop { $0 == " " }
    guard let last = start.lastIndex(where: { $0 != " " }) else { return start }
    return start[...last]
  }

  /// What the published names of Objects365 should be, by the published ones.
  private static let corrections: [String: String] = {
    guard let list = try? CategoryList(.objects365),
      let published = try? CategoryList(.objects365, spelling: .reference)
    else { return [:] }
    let pairs = zip(published.categories, list.categories).map { (trimmed($0.name.lowercased()[...]), $1.name) }
    return Dictionary(pairs.map { (String($0), $1.lowercased()) }, uniquingKeysWith: { first, _ in first })
  }()
}
