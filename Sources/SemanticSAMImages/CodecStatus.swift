import CImageCodecs
import SemanticSAMCore

/// Turns what the C functions report into errors.
enum CodecStatus {
  /// Runs `body` with room for a reason and throws where the status that it returns is a failure.
  /// - Parameter subject: the beginning of the sentence: "The JPEG 'photo.jpg'".
  static func check(_ subject: String, _ body: (UnsafeMutablePointer<CChar>) -> Int32) throws(ModelError) {
    var status: Int32 = 0
    var reason = ""
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(IMAGE_CODEC_REASON_SIZE)) { buffer in
      buffer.initialize(repeating: 0)
      guard let start = buffer.baseAddress else { return }
      status = body(start)
      reason = String(cString: start)
    }
    let detail = reason.isEmpty ? "" : " (\(reason))"
    switch image_codec_status(UInt32(status)) {
    case IMAGE_CODEC_OK:
      return
    case IMAGE_CODEC_TRUNCATED:
      throw ModelError(.unreadableFile, "\(subject) ends early\(detail); get a complete copy.")
    case IMAGE_CODEC_UNSUPPORTED:
      throw ModelError(.unsupported, "\(subject) cannot be decoded\(detail); save it as an ordinary JPEG or PNG.")
    case IMAGE_CODEC_LIMIT:
      throw ModelError(.limitExceeded, "\(subject) takes too much work to decode\(detail); save it anew.")
    case IMAGE_CODEC_OUT_OF_MEMORY:
      throw ModelError(.outOfMemory, "\(subject) does not fit into memory; use a smaller picture.")
    default:
      throw ModelError(.malformedFile, "\(subject) is damaged\(detail); get another copy.")
    }
  }
}
