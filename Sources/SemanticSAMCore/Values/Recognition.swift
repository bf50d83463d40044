/// What a mask is, by both classifiers together.
public enum Recognition: Hashable, Sendable {
  /// A thing by itself.
  case object(Label)
  /// A part of something that is not recognised.
  case part(Label)
  /// A part whose region lies in that of a recognised object.
  case partOfObject(part: Label, object: Label)
  /// Nothing of the vocabulary is probable enough.
  case unknown

  /// The object's name, or that of the object that the part belongs to.
  public var object: Label? {
    switch self {
    case .object(let label), .partOfObject(_, let label): label
    case .part, .unknown: nil
    }
  }

  public var part: Label? {
    switch self {
    case .part(let label), .partOfObject(let label, _): label
    case .object, .unknown: nil
    }
  }
}

extension Recognition: CustomStringConvertible {
  /// "car", "wheel", "wheel of car" or "unknown".
  public var description: String {
    switch self {
    case .object(let label), .part(let label): label.name
    case .partOfObject(let part, let object): "\(part.name) of \(object.name)"
    case .unknown: "unknown"
    }
  }
}
