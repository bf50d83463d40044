/// Where the bytes of a picture come from, as messages name it.
enum ImageSource {
  case file(path: String)
  case stream(name: String)
  case bytes

  /// The beginning of a sentence about data of any kind.
  var subject: String {
    switch self {
    case .file(let path): "'\(path)'"
    case .stream(let name): "The data from \(name)"
    case .bytes: "The image data"
    }
  }

  /// The beginning of a sentence about a picture of a known format.
  func subject(_ format: ImageFormat) -> String {
    switch self {
    case .file(let path): "The \(format.rawValue) '\(path)'"
    case .stream(let name): "The \(format.rawValue) from \(name)"
    case .bytes: "The \(format.rawValue) in the image data"
    }
  }
}
