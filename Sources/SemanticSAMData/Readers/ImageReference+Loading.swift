import SemanticSAMCore
import SemanticSAMImages

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension ImageReference {
  /// Where the photograph lies, for messages.
  public var location: String {
    switch place {
    case .file(let path): "'\(path)'"
    case .base64(let file, let offset, _): "'\(file)' (image \(id), byte \(offset))"
    }
  }

  /// The photograph, decoded. Where its annotations were made for the pixels as they are stored, whatever EXIF says of the
  /// camera, those are given.
  /// - Throws: `unreadableFile`, `malformedFile`, `limitExceeded` or `unsupported` naming the file; `malformedFile` where
  ///   it does not have the size that its annotations were made for.
  public func load(limits: DecodingLimits = .default) throws(ModelError) -> Image {
    let image = try decode(limits, ignoringOrientation: false)
    if image.width == height, image.height == width, width != height {
      let stored = try decode(limits, ignoringOrientation: true)
      if stored.width == width, stored.height == height { return stored }
    }
    try check(width: image.width, height: image.height)
    return image
  }

  private func decode(_ limits: DecodingLimits, ignoringOrientation: Bool) throws(ModelError) -> Image {
    switch place {
    case .file(let path):
      return try Image(contentsOf: path, limits: limits, ignoringOrientation: ignoringOrientation)
    case .base64(let file, let offset, let length):
      guard length / 4 * 3 <= limits.maximumBytes else {
        throw ModelError(.limitExceeded, "The image in \(location) is too long; raise the limit.")
      }
      let text = try FileRange.read(file, offset: offset, length: length)
      guard let data = Data(base64Encoded: Data(text)) else {
        throw ModelError(.malformedFile, "The image in \(location) is not base64; get another copy.")
      }
      do throws(ModelError) {
        return try Image(decoding: [UInt8](data), limits: limits, ignoringOrientation: ignoringOrientation)
      } catch {
        throw ModelError(error.code, "The image in \(location) cannot be read: \(error.message)")
      }
    }
  }

  /// Holds the annotated size against the header of the photograph, which is not decoded where it is a file and upright.
  /// - Throws: As ``load(limits:)``.
  public func checkSize() throws(ModelError) {
    guard case .file(let path) = place else {
      _ = try load()
      return
    }
    let size = try ImageSize(contentsOf: path)
    if size.width == height, size.height == width, width != height {
      _ = try load()
    } else {
      try check(width: size.width, height: size.height)
    }
  }

  private func check(width actualWidth: Int, height actualHeight: Int) throws(ModelError) {
    guard actualWidth == width, actualHeight == height else {
      throw ModelError(
        .malformedFile,
        "The image \(location) has \(actualWidth) x \(actualHeight) pixels, and its annotations are for \(width) x "
          + "\(height); get the image that they were made for.")
    }
  }
}
