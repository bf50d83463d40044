import ArgumentParser
import SemanticSAMCore
import SemanticSAMData

/// A data set of a training run as the command line names it: "coco:train2017=/data/coco*3".
struct TrainingData {
  private let descriptor: DatasetDescriptor
  private let split: String?
  private let path: String
  private let weight: Double?

  init(_ specification: String) throws {
    guard let equals = specification.firstIndex(of: "="), equals != specification.startIndex else {
      throw ValidationError(
        "--data '\(specification)' is not NAME=PATH; give it as in coco=/data/coco or coco:train2017=/data/coco*3.")
    }
    let name = specification[..<equals].split(separator: ":", maxSplits: 1)
    var path = specification[specification.index(after: equals)...]
    var weight: Double?
    if let star = path.lastIndex(of: "*") {
      guard let number = Double(path[path.index(after: star)...]), number > 0, number < 1e6 else {
        throw ValidationError("The weight in '\(specification)' is not a number over 0; give it as in *3.")
      }
      weight = number
      path = path[..<star]
    }
    guard let first = name.first, let descriptor = DatasetDescriptor.named(String(first)), !path.isEmpty else {
      let names = DatasetDescriptor.all.map(\.name).joined(separator: ", ")
      throw ValidationError("'\(specification)' names no data set that is known; give one of \(names).")
    }
    self.descriptor = descriptor
    split = name.count > 1 ? String(name[1]) : nil
    self.path = String(path)
    self.weight = weight
  }

  /// The data set. Without a weight of its own it counts as much as the recipe says, or as it has photographs.
  /// - Parameter recipe: whose mixture says which data sets there are; `nil`, or one without a mixture: any.
  /// - Throws: `invalidArgument` for a data set without a weight that the mixture does not have.
  func member(of recipe: Recipe?) throws(ModelError) -> JointDataset.Member {
    let share = recipe?.share(of: descriptor.name)
    if let recipe, let mixture = recipe.mixture, share == nil, weight == nil {
      throw ModelError(
        .invalidArgument,
        "The recipe '\(recipe.name)' has no weight for '\(descriptor.name)', only for "
          + mixture.map(\.dataset).joined(separator: ", ") + "; give it one, as in \(descriptor.name)=\(path)*2.")
    }
    let dataset = try dataset()
    return JointDataset.Member(dataset, weight: weight ?? share?.weight ?? Double(max(dataset.count, 1)))
  }

  func dataset() throws(ModelError) -> any Dataset { try descriptor.open(path, split: split) }

  /// Which data sets of a recipe's mixture are not among those given.
  static func missing(from members: [JointDataset.Member], of recipe: Recipe) -> [String] {
    (recipe.mixture ?? []).filter { share in !members.contains { share.covers($0.dataset.name) } }.map(\.dataset)
  }
}
