import SemanticSAMCore

/// Looks for broken records of a data set: every annotation is decoded and every photograph opened.
public struct DatasetVerification: Encodable, Hashable, Sendable {
  /// How photographs are looked at.
  public enum Depth: Hashable, Sendable {
    /// Size and kind, from the header.
    case headers
    /// All of it, so that photographs that end early are found.
    case pixels
  }

  public var name: String
  public var images = 0
  public var regions = 0
  /// What is wrong, a sentence each, naming file and record.
  public var problems: [String] = []

  /// - Parameters:
  ///   - problems: What opening the data set found already.
  ///   - found: told each problem as it is found.
  ///   - progress: told the share of the photographs that are looked at, 0...1.
  /// - Throws: `cancelled`.
  public init(
    _ dataset: some Dataset, depth: Depth = .pixels, problems: [ModelError] = [],
    found: (ModelError) -> Void = { _ in }, progress: (Double) -> Void = { _ in }
  ) throws(ModelError) {
    name = dataset.name
    self.problems = problems.map(\.message)
    for index in 0..<dataset.count {
      guard !Task.isCancelled else { throw ModelError(.cancelled, "Verifying \(dataset.name) was cancelled.") }
      images += 1
      let (image, count, errors) = Self.check(dataset, at: index)
      regions += count
      var all = errors
      if let image {
        do throws(ModelError) {
          switch depth {
          case .headers: try image.checkSize()
          case .pixels: _ = try image.load()
          }
        } catch {
          // A photograph that is missing has been told already.
          if error.code != .unreadableFile || !errors.contains(where: { $0.code == .unreadableFile }) {
            all.append(error)
          }
        }
      }
      for error in all {
        self.problems.append(error.message)
        found(error)
      }
      progress(Double(index + 1) / Double(dataset.count))
    }
  }

  /// The photograph, the number of its regions and what is wrong with them.
  private static func check(
    _ dataset: some Dataset, at index: Int
  ) -> (image: ImageReference?, regions: Int, problems: [ModelError]) {
    if let dataset = dataset as? COCODataset {
      let count = dataset.annotations.annotations(ofImage: dataset.imagePlaces[index]).count
      return (dataset.image(at: index), count, dataset.problems(at: index))
    }
    var errors: [ModelError] = []
    do throws(ModelError) {
      let sample = try dataset.sample(at: index) { errors.append($0) }
      return (sample.image, sample.regions.count, errors + problems(of: sample, in: dataset.categories))
    } catch {
      return (nil, 0, errors + [error])
    }
  }

  /// What can be wrong with the regions of any data set.
  private static func problems(of sample: Sample, in categories: CategoryTables) -> [ModelError] {
    let image = sample.image
    var ids: Set<Int64> = []
    var errors: [ModelError] = []
    for (place, region) in sample.regions.enumerated() {
      func report(_ what: String) {
        errors.append(
          ModelError(
            .malformedFile, "Region \(region.id) of the image \(image.id) (\(image.location)) \(what); mend its record."
          ))
      }
      if !ids.insert(region.id).inserted { report("stands twice") }
      if let mask = region.mask {
        if mask.width != image.width || mask.height != image.height {
          report("has a mask of \(mask.width) x \(mask.height) pixels, not \(image.width) x \(image.height)")
        } else if mask.isEmpty {
          report("has an empty mask")
        }
      }
      // Boxes are rounded to hundredths of a pixel, and polygons run up to a pixel over the edge.
      let box = region.box
      if !(box.x0 >= -1 && box.y0 >= -1 && box.x1 <= Double(image.width) + 1 && box.y1 <= Double(image.height) + 1) {
        report("has a box outside of the image (\(box.x0), \(box.y0), \(box.x1), \(box.y1))")
      }
      if let category = region.objectCategory, !categories.objects.indices.contains(category) {
        report("has an unknown category")
      }
      if let category = region.partCategory, !categories.parts.indices.contains(category) {
        report("has an unknown part category")
      }
      if let parent = region.parent, parent == place || !sample.regions.indices.contains(parent) {
        report("is a part of a region that is not there")
      }
    }
    return errors
  }
}
