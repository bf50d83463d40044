import SemanticSAMCore
import SemanticSAMData

/// A photograph of a call.
struct Photograph {
  var path: String
  /// How a file of several photographs calls it: below the folder where the call names one folder, else its path.
  var name: String

  /// The photographs that arguments name, each once: files, and those of folders in the order of their names.
  /// - Throws: `unreadableFile` where a folder cannot be read or holds none.
  static func all(in arguments: [String]) throws(ModelError) -> [Photograph] {
    var photographs: [Photograph] = []
    var known: Set<String> = []
    for argument in arguments {
      guard Folder.isFolder(argument) else {
        if known.insert(argument).inserted { photographs.append(Photograph(path: argument, name: argument)) }
        continue
      }
      let names = try Folder.names(in: argument).filter(Folder.isImage)
      guard !names.isEmpty else {
        throw ModelError(
          .unreadableFile,
          "The folder '\(argument)' holds no photograph with a name in .jpg, .jpeg, .png or .webp.")
      }
      for name in names {
        let path = argument + "/" + name
        guard known.insert(path).inserted else { continue }
        photographs.append(Photograph(path: path, name: arguments.count == 1 ? name : path))
      }
    }
    return photographs
  }
}
