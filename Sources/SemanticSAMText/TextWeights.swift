import SemanticSAMCore

/// Finding the weights of a text encoder.
enum TextWeights {
  /// Opens the weights in a folder: `model.safetensors` or `pytorch_model.bin`.
  static func open(_ folder: String) throws(ModelError) -> Checkpoint {
    do throws(ModelError) {
      return try Checkpoint(contentsOf: folder + "/model.safetensors")
    } catch  where error.code == .unreadableFile {
      do throws(ModelError) {
        return try Checkpoint(contentsOf: folder + "/pytorch_model.bin")
      } catch  where error.code == .unreadableFile {
        throw ModelError(
          .unreadableFile,
          "The folder '\(folder)' has neither model.safetensors nor pytorch_model.bin; add the weights.")
      }
    }
  }

  /// What stands before a key in a file, without the dot; nil where the file has no such key.
  static func prefix(of key: String, in file: Checkpoint) -> String? {
    if file.entries[key] != nil { return "" }
    let ends = file.entries.keys.filter { $0.hasSuffix("." + key) }
    return ends.min { $0.utf8.count < $1.utf8.count }.map { String($0.dropLast(key.utf8.count + 1)) }
  }

  /// Refuses sizes that the file cannot fill, before a network of them is built.
  static func check(_ file: Checkpoint, hold count: Int, folder: String) throws(ModelError) {
    let stored = file.entries.values.reduce(0) { $0 + $1.count }
    guard count <= stored else {
      throw ModelError(
        .mismatchedParameters,
        "The weights in '\(folder)' hold \(stored) numbers, the network has at least \(count); take all files from one model."
      )
    }
  }
}
