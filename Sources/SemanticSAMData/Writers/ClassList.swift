import SemanticSAMCore

/// The classes that masks are written under: "object" for what has no name, then the names that a vocabulary has. The same
/// weights give the same list, whatever is in the photographs.
public struct ClassList: Hashable, Sendable {
  public let names: [String]
  private let places: [String: Int]

  /// - Parameter vocabulary: objects first, then parts; a name that is both is one class.
  public init(_ vocabulary: Vocabulary?) {
    self.init(names: (vocabulary?.objects.names ?? []) + (vocabulary?.parts.names ?? []))
  }

  /// - Parameter list: in the order of the classes; a name that stands twice is one class.
  public init(names list: [String]) {
    var names = ["object"]
    var places = ["object": 0]
    for name in list where places[name] == nil {
      places[name] = names.count
      names.append(name)
    }
    self.names = names
    self.places = places
  }

  /// The class of a mask, by the name that a picture shows.
  public func place(of candidate: Candidate) -> Int {
    candidate.displayName.flatMap { places[$0.name] } ?? 0
  }

  /// The name of that class.
  public func name(of candidate: Candidate) -> String { names[place(of: candidate)] }
}
