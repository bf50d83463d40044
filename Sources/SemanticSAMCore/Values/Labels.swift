/// A name and how sure the network is of it.
public struct Label: Hashable, Sendable {
  public var name: String
  /// 0...1.
  public var probability: Float

  public init(name: String, probability: Float) {
    self.name = name
    self.probability = probability
  }
}

/// The names that fit a mask best: of objects and of parts of objects, each most probable first, at most five.
public struct Labels: Hashable, Sendable {
  public var objects: [Label]
  public var parts: [Label]

  public init(objects: [Label], parts: [Label]) {
    self.objects = objects
    self.parts = parts
  }
}
