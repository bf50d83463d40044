/// What was recognised in one image: looked at once, and asked for panoptic, semantic, instance or part segmentation.
public struct SceneRecognition: Sendable {
  enum Source: Sendable {
    /// Of a network that finds things by text, with the sigmoids of its part classifier where it has one.
    case queries(NamedQueries, limit: Int, parts: PartSource)
    /// Automatic masks of a network that answers prompts, under the names that maps, instances and parts are made of.
    case masks(maps: NamedMasks, things: NamedMasks, parts: NamedMasks)
  }

  /// Where parts come from.
  enum PartSource: Sendable {
    case none
    /// `[Q, parts]`, sigmoids.
    case classifier(scores: [[Float]], names: [String], pairs: Set<Vocabulary.PartOfObject>?)
    /// Queries that were named by the vocabulary's parts.
    case queries(NamedQueries)
  }

  let source: Source

  /// Each pixel belongs to one thing, or to the stuff of one name, or to nothing.
  /// - Throws: `cancelled`, `limitExceeded`.
  public func panoptic() throws(ModelError) -> PanopticSegmentation {
    switch source {
    case .queries(let queries, _, _):
      try queries.panoptic { () throws(ModelError) in try Self.checkCancellation() }
    case .masks(let maps, _, _): try maps.panoptic()
    }
  }

  /// Things with their names, best score first.
  /// - Throws: `cancelled`, `limitExceeded`.
  public func instances() throws(ModelError) -> [Detection] {
    switch source {
    case .queries(let queries, let limit, _):
      try queries.instances(limit: limit) { () throws(ModelError) in try Self.checkCancellation() }
    case .masks(_, let things, _): try things.instances()
    }
  }

  /// The name of each pixel.
  /// - Throws: `cancelled`.
  public func semanticMap() throws(ModelError) -> SemanticMap {
    switch source {
    case .queries(let queries, _, _):
      try queries.semanticMap { (_) throws(ModelError) in try Self.checkCancellation() }
    case .masks(let maps, _, _): maps.semanticMap()
    }
  }

  /// Parts of things with their names and owners, best score first; empty where the vocabulary has none.
  /// - Throws: `cancelled`, `limitExceeded`.
  public func parts() throws(ModelError) -> [PartDetection] {
    switch source {
    case .masks(_, let things, let parts): return try parts.parts(of: things.things())
    case .queries(_, _, .none): return []
    case .queries(let queries, let limit, .classifier(let scores, let names, let pairs)):
      return try queries.parts(scores: scores, names: names, pairs: pairs, limit: limit) { () throws(ModelError) in
        try Self.checkCancellation()
      }
    case .queries(_, let limit, .queries(let queries)):
      let detections = try queries.instances(limit: limit) { () throws(ModelError) in try Self.checkCancellation() }
      return detections.filter { !$0.mask.isEmpty }.map { detection in
        let (object, part) = PartDetection.halves(of: detection.name)
        return PartDetection(
          mask: detection.mask, box: detection.box, category: detection.category, name: part, object: object,
          score: detection.score)
      }
    }
  }

  private static func checkCancellation() throws(ModelError) {
    if Task.isCancelled { throw ModelError(.cancelled, "The work was cancelled.") }
  }
}
