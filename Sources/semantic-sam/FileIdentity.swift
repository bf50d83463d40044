import SemanticSAMCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Which file a path leads to, so that two paths to one file are seen to be the same.
struct FileIdentity: Hashable {
  private let device: UInt64
  private let inode: UInt64
  /// Of a file that does not exist yet, in the folder that the numbers stand for.
  private let name: String?

  /// `nil` for what is no file: devices, pipes, and files without a folder.
  init?(_ path: String) {
    if let status = Self.status(path) {
      guard !Self.isDevice(path) else { return nil }
      self.init(status, name: nil)
    } else if let status = Self.status(Self.folder(of: path)) {
      self.init(status, name: path.split(separator: "/").last.map(String.init) ?? path)
    } else {
      return nil
    }
  }

  private init(_ status: stat, name: String?) {
    device = UInt64(truncatingIfNeeded: status.st_dev)
    inode = UInt64(truncatingIfNeeded: status.st_ino)
    self.name = name
  }

  /// Whether a path leads to what is neither a file nor a folder, such as `/dev/null`.
  static func isDevice(_ path: String) -> Bool {
    guard let status = status(path) else { return false }
    return ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT)
  }

  /// Whether a path leads to a file with something in it.
  static func isWritten(_ path: String) -> Bool {
    guard let status = status(path) else { return false }
    return status.st_mode & S_IFMT == S_IFREG && status.st_size > 0
  }

  /// - Throws: `unreadableFile` where `path` is a folder, or no file can be made in its folder.
  static func checkWritable(_ path: String) throws(ModelError) {
    if let status = status(path), status.st_mode & S_IFMT == S_IFDIR {
      throw ModelError(.unreadableFile, "'\(path)' is a folder and cannot be written; give the path of a file.")
    }
    let folder = folder(of: path)
    guard let status = status(folder), status.st_mode & S_IFMT == S_IFDIR else {
      throw ModelError(
        .unreadableFile, "The file '\(path)' cannot be written: there is no folder '\(folder)'; make it first.")
    }
    guard isDevice(path) || access(folder, W_OK) == 0 else {
      throw ModelError(
        .unreadableFile,
        "The file '\(path)' cannot be written: the folder '\(folder)' is read-only for you; give another one.")
    }
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func status(_ path: String) -> stat? {
    var status = stat()
    return stat(path, &status) == 0 ? status : nil
  }
}
