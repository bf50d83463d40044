#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Writes files so that a reader sees the old content or the new one, never a part.
package enum AtomicFile {
  /// A file under way, which takes bytes one part after the other.
  package struct Sink: ~Copyable {
    fileprivate let descriptor: Int32
    fileprivate let path: String

    /// - Throws: `unreadableFile` where the file takes no more; `cancelled` where a signal asks the program to end.
    package func append(_ bytes: UnsafeRawBufferPointer) throws(ModelError) {
      let code = writeAll(bytes, to: descriptor)
      guard code == 0 else { throw failure(path, code) }
      // Held back, it is obeyed when the unfinished file is gone.
      guard !SignalHold.isWaiting else {
        throw ModelError(.cancelled, "The writing of '\(path)' was interrupted; nothing is left of it, start it again.")
      }
    }

    package func append(_ bytes: [UInt8]) throws(ModelError) {
      var failure: ModelError?
      bytes.withUnsafeBytes { buffer in
        do throws(ModelError) {
          try append(buffer)
        } catch {
          failure = error
        }
      }
      if let failure { throw failure }
    }
  }

  /// Writes `bytes` to a new file in the folder of `path`, flushes it to the disk and renames it to `path`.
  ///
  /// An existing file is replaced and keeps its permissions; a symbolic link stays and its destination is replaced.
  /// What is not a regular file (a pipe, a terminal, `/dev/null`) is written in place.
  /// - Throws: `unreadableFile` where the file cannot be written; then nothing new is left in the folder.
  package static func write(_ bytes: UnsafeRawBufferPointer, to path: String) throws(ModelError) {
    try write(to: path) { (sink) throws(ModelError) in try sink.append(bytes) }
  }

  /// As `write(_:to:)`, of parts that need not be in memory together.
  /// - Throws: as `write(_:to:)`, and what `body` throws.
  package static func write(
    to path: String, _ body: (borrowing Sink) throws(ModelError) -> Void
  ) throws(ModelError) {
    try FileBytes.checkPath(path)
    var permissions: mode_t?
    var status = stat()
    if stat(path, &status) == 0 {
      switch status.st_mode & S_IFMT {
      case S_IFDIR:
        throw ModelError(.unreadableFile, "'\(path)' is a folder and cannot be written; give the path of a file.")
      case S_IFREG:
        permissions = status.st_mode & 0o777
      default:
        return try writeInPlace(to: path, body)
      }
    }
    let destination = permissions == nil ? path : resolved(path)
    let temporary = folder(of: destination) + temporaryName()
    let signals = SignalHold()
    defer { signals.release() }
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw failure(path, errno) }

    do throws(ModelError) {
      try body(Sink(descriptor: descriptor, path: path))
    } catch {
      close(descriptor)
      unlink(temporary)
      throw error
    }
    var code: Int32 = 0
    if let permissions, fchmod(descriptor, permissions) != 0 { code = errno }
    if code == 0, fsync(descriptor) != 0 { code = errno }
    if close(descriptor) != 0, code == 0 { code = errno }
    if code == 0, rename(temporary, destination) != 0 { code = errno }
    guard code == 0 else {
      unlink(temporary)
      throw failure(path, code)
    }
    flushFolder(of: destination)
  }

  /// Removes what programs that were killed while they wrote have left in a folder. Not to be called while another program
  /// writes there.
  package static func removeUnfinished(in folder: String) {
    guard let stream = opendir(folder) else { return }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
        field.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: field.pointee)) {
          String(cString: $0)
        }
      }
      if name.hasPrefix(prefix), name.hasSuffix(suffix) { unlink(folder + "/" + name) }
    }
  }

  /// Signals that end the program, held back on this thread, so that Ctrl-C leaves no temporary file behind. The kernels'
  /// threads take none.
  private struct SignalHold {
    private static let signals = [SIGHUP, SIGINT, SIGQUIT, SIGTERM]
    private var former = sigset_t()

    /// Whether one of them has come.
    static var isWaiting: Bool {
      var waiting = sigset_t()
      return sigpending(&waiting) == 0 && signals.contains { sigismember(&waiting, $0) == 1 }
    }

    init() {
      var signals = sigset_t()
      sigemptyset(&signals)
      for signal in Self.signals { sigaddset(&signals, signal) }
      pthread_sigmask(SIG_BLOCK, &signals, &former)
    }

    func release() {
      var former = former
      pthread_sigmask(SIG_SETMASK, &former, nil)
    }
  }

  /// Writes an array of bytes, as `write(_:to:)`.
  package static func write(_ bytes: [UInt8], to path: String) throws(ModelError) {
    var failure: ModelError?
    bytes.withUnsafeBytes { buffer in
      do throws(ModelError) {
        try write(buffer, to: path)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  private static func writeInPlace(
    to path: String, _ body: (borrowing Sink) throws(ModelError) -> Void
  ) throws(ModelError) {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(path, errno) }
    do throws(ModelError) {
      try body(Sink(descriptor: descriptor, path: path))
    } catch {
      close(descriptor)
      throw error
    }
    guard close(descriptor) == 0 else { throw failure(path, errno) }
  }

  /// Writes every byte; returns 0 or the error number.
  private static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
    guard let start = bytes.baseAddress else { return 0 }
    var offset = 0
    while offset < bytes.count {
      // Some systems refuse more than 2 GiB in one call.
      let length = min(bytes.count - offset, 1 << 30)
      #if canImport(Darwin)
        let count = Darwin.write(descriptor, start + offset, length)
      #elseif canImport(Glibc)
        let count = Glibc.write(descriptor, start + offset, length)
      #elseif canImport(Musl)
        let count = Musl.write(descriptor, start + offset, length)
      #endif
      if count > 0 {
        offset += count
      } else if count == 0 {
        return EIO
      } else if errno != EINTR {
        return errno
      }
    }
    return 0
  }

  /// The path behind symbolic links, so that the link itself is not replaced.
  private static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  /// The folder of a path with its slash; empty for a bare name.
  private static func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "" }
    return String(path[...slash])
  }

  /// A name of its own, so that a long name of the destination does not exceed the limit of the file system.
  private static func temporaryName() -> String {
    prefix + String(UInt64.random(in: .min ... .max), radix: 36) + suffix
  }

  private static let prefix = ".semantic-sam-"
  private static let suffix = ".tmp"

  /// Makes the renaming durable. Some file systems cannot flush a folder; the file is complete either way.
  private static func flushFolder(of path: String) {
    let folder = folder(of: path)
    let descriptor = open(folder.isEmpty ? "." : folder, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  private static func failure(_ path: String, _ code: Int32) -> ModelError {
    ModelError(
      .unreadableFile,
      "The file '\(path)' cannot be written: \(FileBytes.reason(code)); check its folder, permissions and free space.")
  }
}
