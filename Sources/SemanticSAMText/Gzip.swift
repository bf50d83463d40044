import CZlib
import SemanticSAMCore

/// Decompression of gzip files (RFC 1952) with a limit on what comes out.
enum Gzip {
  /// Memory grows with what was decompressed, never with what is claimed.
  /// - Throws: `malformedFile` for a damaged stream, `limitExceeded` for more than `limit` bytes, `outOfMemory`.
  static func decompressed(_ bytes: [UInt8], limit: Int, name: String) throws(ModelError) -> [UInt8] {
    var stream = z_stream()
    let gzip: Int32 = 16 + MAX_WBITS
    guard inflateInit2_(&stream, gzip, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw ModelError(.outOfMemory, "\(name) cannot be decompressed: no memory is left; free some.")
    }
    defer { inflateEnd(&stream) }
    var result: [UInt8] = []
    var status = Z_OK
    bytes.withUnsafeBufferPointer { input in
      // zlib's interface is not const, though it only reads.
      stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
      stream.avail_in = UInt32(clamping: input.count)
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1 << 16) { chunk in
        while status == Z_OK, result.count <= limit {
          stream.next_out = chunk.baseAddress
          stream.avail_out = UInt32(chunk.count)
          status = inflate(&stream, Z_NO_FLUSH)
          result.append(contentsOf: chunk[..<(chunk.count - Int(stream.avail_out))])
        }
      }
    }
    guard result.count <= limit else {
      throw ModelError(.limitExceeded, "\(name) decompresses to more than \(limit) bytes; use a smaller file.")
    }
    guard status == Z_STREAM_END else {
      throw ModelError(.malformedFile, "\(name) is damaged or ends early; get a complete copy.")
    }
    return result
  }
}
