import SemanticSAMCore

/// Annotated photographs. What is large is read when a sample is asked for; `init` reads an index.
public protocol Dataset: Sendable {
  /// A short name for messages and results.
  var name: String { get }
  var categories: CategoryTables { get }
  /// The number of photographs.
  var count: Int { get }
  /// The sample at `index` in `0..<count`, masks decoded.
  /// - Throws: `malformedFile` naming file and record.
  func sample(at index: Int) throws(ModelError) -> Sample
  /// The sample at `index` without what is wrong with it.
  /// - Parameter problem: takes what is wrong with a single region, which is then left out; without it, reading stops
  ///   there.
  /// - Throws: as `sample(at:)`, where nothing of the sample can be used.
  func sample(at index: Int, problem: ((ModelError) -> Void)?) throws(ModelError) -> Sample
}

extension Dataset {
  /// The sample as a whole, for data sets whose samples cannot be used in part.
  public func sample(at index: Int, problem: ((ModelError) -> Void)?) throws(ModelError) -> Sample {
    try sample(at: index)
  }

  /// - Throws: `invalidArgument` where there is no such sample.
  func checkIndex(_ index: Int) throws(ModelError) {
    guard index >= 0, index < count else {
      throw ModelError(
        .invalidArgument, "\(name) has no sample \(index); it has \(count) samples, numbered from 0.")
    }
  }
}

/// The names of a data set's regions: objects and parts apart, because parts are shared between objects.
public struct CategoryTables: Hashable, Sendable {
  public var objects: [Category]
  public var parts: [Category]

  public init(objects: [Category] = [], parts: [Category] = []) {
    self.objects = objects
    self.parts = parts
  }
}

/// A kind of region.
public struct Category: Hashable, Sendable {
  /// The number that the annotations use.
  public var id: Int
  public var name: String
  public var supercategory: String?
  /// Countable; otherwise stuff.
  public var isThing: Bool

  public init(id: Int, name: String, supercategory: String? = nil, isThing: Bool = true) {
    self.id = id
    self.name = name
    self.supercategory = supercategory
    self.isThing = isThing
  }
}
