import SemanticSAMCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Looks for the files of a data set.
package enum Folder {
  /// The names of what lies in a folder, sorted by their bytes, without those that begin with a dot.
  /// - Throws: `unreadableFile` where the folder cannot be read.
  package static func names(in path: String) throws(ModelError) -> [String] {
    guard let folder = opendir(path) else {
      throw ModelError(
        .unreadableFile,
        "The folder '\(path)' cannot be read: \(String(cString: strerror(errno))); check the path of the data set.")
    }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
        field.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: field.pointee)) {
          String(cString: $0)
        }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }

  /// The files below a folder whose names satisfy `isWanted`, as paths below it, sorted. What is named like a photograph
  /// is not looked into: there can be millions.
  /// - Throws: `unreadableFile` where a folder cannot be read.
  static func files(
    below path: String, where isWanted: (String) -> Bool
  ) throws(ModelError) -> [String] {
    var found: [String] = []
    var folders = [""]
    var depth = 0
    // Links could go in circles; no release has more levels than this.
    while !folders.isEmpty, depth < 16 {
      var next: [String] = []
      for folder in folders {
        for name in try names(in: folder.isEmpty ? path : "\(path)/\(folder)") {
          let file = folder.isEmpty ? name : "\(folder)/\(name)"
          if isWanted(name) {
            found.append(file)
          } else if !isImage(name), isFolder("\(path)/\(file)") {
            next.append(file)
          }
        }
      }
      folders = next
      depth += 1
    }
    return found.sorted()
  }

  package static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  package static func exists(_ path: String) -> Bool {
    access(path, R_OK) == 0
  }

  /// The first of `candidates` that is there.
  static func first(_ candidates: [String]) -> String? {
    candidates.first(where: exists)
  }

  /// A name without its last extension.
  static func stem(_ name: String) -> String {
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return name }
    return String(name[..<dot])
  }

  /// The last component of a path.
  static func baseName(_ path: String) -> String {
    path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
  }

  static let imageExtensions = ["jpg", "jpeg", "png", "webp", "JPG", "JPEG", "PNG", "WEBP"]

  package static func isImage(_ name: String) -> Bool {
    name.lastIndex(of: ".").map { imageExtensions.contains(String(name[name.index(after: $0)...])) } ?? false
  }

  /// The lines of a text file, without empty ones and outer white space.
  static func lines(_ path: String) throws(ModelError) -> [String] {
    let text = String(decoding: try FileBytes.read(path, limit: 1 << 28), as: UTF8.self)
    return text.split(whereSeparator: \.isNewline).map { line in
      let start = line.drop(while: \.isWhitespace)
      return String(start.lastIndex { !$0.isWhitespace }.map { start[...$0] } ?? "")
    }.filter { !$0.isEmpty }
  }
}
