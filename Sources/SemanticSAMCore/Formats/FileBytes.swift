#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Reads whole files with a limit on their size that holds while reading, so that endless pipes end too.
package enum FileBytes {
  /// The bytes of the file at `path`: a regular file, a pipe or a device.
  /// - Parameter limit: the largest number of bytes that is accepted.
  /// - Throws: `unreadableFile` where the file is missing, a folder or cannot be read; `limitExceeded` where it is
  ///   larger than `limit`.
  package static func read(_ path: String, limit: Int) throws(ModelError) -> [UInt8] {
    try checkPath(path)
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      let code = errno
      guard code != ENOENT else {
        throw ModelError(.unreadableFile, "There is no file '\(path)'; check the path.")
      }
      throw ModelError(.unreadableFile, "The file '\(path)' cannot be opened: \(reason(code)); check the path.")
    }
    defer { close(descriptor) }
    return try read(from: descriptor, name: "'\(path)'", limit: limit)
  }

  /// The bytes that an open descriptor still has; the descriptor stays open.
  /// - Parameters:
  ///   - name: how messages call the source, with quotation marks where it has a path.
  ///   - limit: the largest number of bytes that is accepted.
  /// - Throws: `unreadableFile` or `limitExceeded`, as `read(_:limit:)`.
  package static func read(from descriptor: Int32, name: String, limit: Int) throws(ModelError) -> [UInt8] {
    var bytes: [UInt8] = []
    var status = stat()
    if fstat(descriptor, &status) == 0 {
      guard status.st_mode & S_IFMT != S_IFDIR else {
        throw ModelError(.unreadableFile, "\(name) is a folder; give the path of a file.")
      }
      if status.st_mode & S_IFMT == S_IFREG {
        let size = Int(status.st_size)
        guard size <= limit else {
          throw ModelError(
            .limitExceeded, "\(name) has \(size) bytes, more than the limit of \(limit); use a smaller file.")
        }
        bytes.reserveCapacity(size)
      }
    }
    var failure: ModelError?
    withUnsafeTemporaryAllocation(byteCount: chunkSize, alignment: 16) { chunk in
      while failure == nil {
        #if canImport(Darwin)
          let count = Darwin.read(descriptor, chunk.baseAddress, chunk.count)
        #elseif canImport(Glibc)
          let count = Glibc.read(descriptor, chunk.baseAddress, chunk.count)
        #elseif canImport(Musl)
          let count = Musl.read(descriptor, chunk.baseAddress, chunk.count)
        #endif
        if count < 0 {
          let code = errno
          if code == EINTR { continue }
          failure = ModelError(.unreadableFile, "\(name) cannot be read: \(reason(code)); get a readable copy.")
        } else if count == 0 {
          break
        } else if count > limit - bytes.count {
          failure = ModelError(
            .limitExceeded, "\(name) has more bytes than the limit of \(limit); use a smaller file.")
        } else {
          bytes.append(contentsOf: chunk[..<count])
        }
      }
    }
    if let failure { throw failure }
    return bytes
  }

  /// Refuses paths that the system would read differently than the caller wrote them.
  static func checkPath(_ path: String) throws(ModelError) {
    guard !path.isEmpty else {
      throw ModelError(.unreadableFile, "The path of a file is empty; give the path of a file.")
    }
    guard !path.utf8.contains(0) else {
      throw ModelError(.unreadableFile, "The path of a file contains a zero byte; give a path without it.")
    }
  }

  /// What the system says about an error number.
  static func reason(_ code: Int32) -> String {
    guard let text = strerror(code) else { return "error \(code)" }
    return String(cString: text)
  }

  private static let chunkSize = 1 << 18
}
