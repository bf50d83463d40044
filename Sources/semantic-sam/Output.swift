import SemanticSAMCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Bytes to the standard streams, all of them.
enum Output {
  /// Writes a result to stdout.
  /// - Throws: `unreadableFile` where it takes no more, as on a full disk. A reader that has left is no error.
  static func write(_ bytes: [UInt8]) throws(ModelError) {
    let code = write(bytes, to: STDOUT_FILENO)
    guard code == 0 || code == EPIPE else {
      throw ModelError(
        .unreadableFile,
        "Standard output cannot be written: \(String(cString: strerror(code))); check where it leads.")
    }
  }

  /// Writes to stderr as long as it takes it.
  static func say(_ text: String) {
    _ = write(Array(text.utf8), to: STDERR_FILENO)
  }

  /// 0 or the error number.
  private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { buffer in
        #if canImport(Darwin)
          Darwin.write(descriptor, buffer.baseAddress, buffer.count)
        #elseif canImport(Glibc)
          Glibc.write(descriptor, buffer.baseAddress, buffer.count)
        #elseif canImport(Musl)
          Musl.write(descriptor, buffer.baseAddress, buffer.count)
        #endif
      }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR {
        return errno
      }
    }
    return 0
  }
}
