import CZlib
import SemanticSAMCore

/// Decompression of zlib streams with a limit on what comes out.
enum Inflation {
  /// The bytes behind a zlib stream (RFC 1950). Memory grows with what was decompressed, never with what is claimed.
  /// - Parameter limit: the largest number of bytes that may come out.
  /// - Returns: `nil` where the stream is damaged or ends early.
  /// - Throws: `limitExceeded` where more than `limit` bytes would come out, `outOfMemory`.
  static func inflate(_ bytes: ArraySlice<UInt8>, limit: Int, name: String) throws(ModelError) -> [UInt8]? {
    var stream = z_stream()
    guard inflateInit_(&stream, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw ModelError(.outOfMemory, "\(name) cannot be decompressed: no memory is left; free some.")
    }
    defer { inflateEnd(&stream) }
    var result: [UInt8] = []
    var status = Z_OK
    var isOverLimit = false
    bytes.withUnsafeBufferPointer { input in
      guard let start = input.baseAddress, let length = UInt32(exactly: input.count) else {
        status = Z_DATA_ERROR
        return
      }
      // The stream of zlib's interface is not const, though it only reads.
      stream.next_in = UnsafeMutablePointer(mutating: start)
      stream.avail_in = length
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: chunkSize) { chunk in
        while status == Z_OK {
          stream.next_out = chunk.baseAddress
          stream.avail_out = UInt32(chunk.count)
          status = CZlib.inflate(&stream, Z_NO_FLUSH)
          let count = chunk.count - Int(stream.avail_out)
          guard count <= limit - result.count else {
            isOverLimit = true
            return
          }
          result.append(contentsOf: chunk[..<count])
        }
      }
    }
    guard !isOverLimit else {
      throw ModelError(.limitExceeded, "\(name) decompresses to more than \(limit) bytes; use a smaller file.")
    }
    return status == Z_STREAM_END ? result : nil
  }

  private static let chunkSize = 1 << 16
}
