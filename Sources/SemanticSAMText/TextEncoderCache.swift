import SemanticSAMCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// An encoder that keeps what it computed in a folder, one file for each list of texts.
///
/// A file's name is the checksum of the encoder's identity and the list, so another encoder or vocabulary never gets a
/// wrong file. A file that cannot be read or does not fit is made anew.
public struct TextEncoderCache: TextEncoder {
  private let encoder: any TextEncoder
  private let folder: String

  /// - Parameter folder: made where it is missing.
  /// - Throws: `unreadableFile` where it cannot be made.
  public init(_ encoder: any TextEncoder, folder: String) throws(ModelError) {
    var status = stat()
    guard mkdir(folder, 0o777) == 0 || (stat(folder, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR) else {
      throw ModelError(
        .unreadableFile, "The folder '\(folder)' cannot be made: \(String(cString: strerror(errno))); give another.")
    }
    self.encoder = encoder
    self.folder = folder
  }

  public var dimension: Int { encoder.dimension }
  public var identity: String { encoder.identity }

  public func embeddings(of texts: [String]) throws(ModelError) -> Tensor {
    try kept("texts", texts) { (texts) throws(ModelError) in try encoder.embeddings(of: texts) }
  }

  public func classEmbeddings(of names: [String]) throws(ModelError) -> Tensor {
    try kept("classes", names) { (names) throws(ModelError) in try encoder.classEmbeddings(of: names) }
  }

  private func kept(
    _ kind: String, _ texts: [String], _ compute: ([String]) throws(ModelError) -> Tensor
  ) throws(ModelError) -> Tensor {
    guard !texts.isEmpty else { return Tensor(repeating: 0, shape: [0, dimension]) }
    let path = folder + "/" + key(kind, texts) + ".safetensors"
    if let file = try? PrecomputedEmbeddings(contentsOf: path), file.names == texts, file.dimension == dimension {
      return file.embeddings
    }
    let table = try PrecomputedEmbeddings(names: texts, embeddings: compute(texts), identity: identity)
    try table.write(to: path)
    return table.embeddings
  }

  private func key(_ kind: String, _ texts: [String]) -> String {
    // Each part with its length before it, so that no two lists give the same bytes.
    let bytes = ([kind, identity] + texts).flatMap { Array("\($0.utf8.count) ".utf8) + Array($0.utf8) }
    return bytes.withUnsafeBytes { SHA256.hexDigest(of: $0) }
  }
}
