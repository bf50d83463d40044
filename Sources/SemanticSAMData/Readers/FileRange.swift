import SemanticSAMCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Reads parts of files that are too large to be read whole.
enum FileRange {
  /// The bytes `offset..<offset + length` of a file.
  /// - Throws: `unreadableFile` where the file is missing or shorter.
  static func read(_ path: String, offset: UInt64, length: Int) throws(ModelError) -> [UInt8] {
    let descriptor = try open(path)
    defer { close(descriptor) }
    guard let end = UInt64(exactly: length).map({ offset &+ $0 }), end >= offset, end <= size(of: descriptor) else {
      throw ModelError(
        .unreadableFile, "'\(path)' ends before byte \(offset) + \(length); get a complete copy.")
    }
    var done = 0
    var failed = false
    let bytes = [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
      while done < length, let start = buffer.baseAddress {
        let part = pread(descriptor, start + done, length - done, off_t(offset) + off_t(done))
        if part < 0, errno == EINTR { continue }
        guard part > 0 else {
          failed = true
          break
        }
        done += part
      }
      count = done
    }
    guard !failed else {
      throw ModelError(.unreadableFile, "'\(path)' cannot be read at byte \(offset); get a readable copy.")
    }
    return bytes
  }

  /// In bytes.
  static func size(of path: String) throws(ModelError) -> UInt64 {
    let descriptor = try open(path)
    defer { close(descriptor) }
    return size(of: descriptor)
  }

  /// The offsets at which the lines of a file begin, in constant memory beside them.
  static func lineStarts(_ path: String) throws(ModelError) -> [UInt64] {
    let descriptor = try open(path)
    defer { close(descriptor) }
    var starts: [UInt64] = []
    var position: UInt64 = 0
    var isAtStart = true
    var chunk = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = chunk.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, off_t(position)) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else {
        throw ModelError(.unreadableFile, "'\(path)' cannot be read at byte \(position); get a readable copy.")
      }
      if count == 0 { return starts }
      chunk.withUnsafeBufferPointer { bytes in
        for index in 0..<count {
          if isAtStart { starts.append(position + UInt64(index)) }
          isAtStart = bytes[index] == UInt8(ascii: "\n")
        }
      }
      position += UInt64(count)
    }
  }

  private static func size(of descriptor: Int32) -> UInt64 {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? UInt64(max(status.st_size, 0)) : 0
  }

  private static func open(_ path: String) throws(ModelError) -> Int32 {
    #if canImport(Darwin)
      let descriptor = Darwin.open(path, O_RDONLY | O_CLOEXEC)
    #elseif canImport(Glibc)
      let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    #elseif canImport(Musl)
      let descriptor = Musl.open(path, O_RDONLY | O_CLOEXEC)
    #endif
    guard descriptor >= 0 else {
      throw ModelError(
        .unreadableFile, "The file '\(path)' cannot be opened: \(String(cString: strerror(errno))); check the path.")
    }
    return descriptor
  }
}
