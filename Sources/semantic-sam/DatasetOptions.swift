import ArgumentParser
import SemanticSAMCore
import SemanticSAMData

/// Which annotated photographs; the same for every subcommand that reads a data set.
struct DatasetOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A data set and the folder that it lies in, as in coco=/data/coco. Names: "
        + DatasetDescriptor.all.map(\.name).joined(separator: ", ") + ".",
      valueName: "name=path"))
  var data: String

  @Option(help: ArgumentHelp("The split to read, such as val2017; without it the data set's usual one."))
  var split: String?

  func validate() throws {
    _ = try Self.parts(of: data)
  }

  /// Reads the index of the data set.
  /// - Parameter problem: takes what is wrong with a single record; without it, reading stops there.
  func load(problem: ((ModelError) -> Void)? = nil) throws -> any Dataset {
    let (descriptor, path) = try Self.parts(of: data)
    return try descriptor.open(path, split: split, problem: problem)
  }

  /// The two halves of NAME=PATH.
  static func parts(of data: String) throws -> (descriptor: DatasetDescriptor, path: String) {
    let parts = data.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[1].isEmpty else {
      throw ValidationError("--data '\(data)' is not NAME=PATH; give it as in coco=/data/coco.")
    }
    guard let descriptor = DatasetDescriptor.named(String(parts[0])) else {
      let names = DatasetDescriptor.all.map(\.name).joined(separator: ", ")
      throw ValidationError("--data '\(data)' names no data set that is known; give one of \(names).")
    }
    return (descriptor, String(parts[1]))
  }
}
