#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Bytes that outlive whoever reads them: a mapped file, an array, or a part of the program itself.
///
/// Unchecked, because the bytes are reached through a pointer; nobody writes to them.
final class ByteSource: @unchecked Sendable {
  let bytes: UnsafeRawBufferPointer
  private let isMapped: Bool
  private let release: (UnsafeRawBufferPointer) -> Void

  private init(
    _ bytes: UnsafeRawBufferPointer, isMapped: Bool = false, release: @escaping (UnsafeRawBufferPointer) -> Void
  ) {
    self.bytes = bytes
    self.isMapped = isMapped
    self.release = release
  }

  deinit { release(bytes) }

  /// Gives the memory of a mapped file's pages back; whoever reads them again has them read from the file again. For files
  /// that are read once, from one end to the other, and would else be in memory as a whole.
  func forgetPages() {
    guard isMapped, let start = bytes.baseAddress else { return }
    _ = madvise(UnsafeMutableRawPointer(mutating: start), bytes.count, MADV_DONTNEED)
  }

  /// Bytes that are never freed.
  convenience init(permanent bytes: UnsafeRawBufferPointer) {
    self.init(bytes) { _ in }
  }

  convenience init(copying bytes: [UInt8]) {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
    copy.copyBytes(from: bytes)
    self.init(UnsafeRawBufferPointer(copy)) { $0.deallocate() }
  }

  /// Maps a file into memory; what is not a regular file (a pipe) is read.
  /// - Throws: `unreadableFile` where it is missing or cannot be read; `limitExceeded` for a pipe over 16 GiB.
  convenience init(path: String) throws(ModelError) {
    try FileBytes.checkPath(path)
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0 else {
      try self.init(copying: FileBytes.read(path, limit: 1 << 34))
      return
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw ModelError(
        .unreadableFile, "The file '\(path)' cannot be opened: \(FileBytes.reason(errno)); check its permissions.")
    }
    defer { close(descriptor) }
    let length = Int(status.st_size)
    guard let address = mmap(nil, length, PROT_READ, MAP_PRIVATE, descriptor, 0), address != MAP_FAILED else {
      throw ModelError(
        .unreadableFile, "The file '\(path)' cannot be mapped: \(FileBytes.reason(errno)); get a readable copy.")
    }
    self.init(UnsafeRawBufferPointer(start: address, count: length), isMapped: true) { bytes in
      munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
    }
  }
}
