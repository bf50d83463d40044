/// Where weights come from: a file (safetensors, or a PyTorch checkpoint), or bytes of one.
///
/// `ModelSource.default`, the weights that ship, is an extension in the module SemanticSAMDefaultModel, so that programs
/// with a checkpoint of their own do not carry them.
public struct ModelSource: Sendable {
  enum Place: Sendable {
    case file(String)
    case memory(ByteSource)
  }

  let place: Place
  /// How `info` and JSON call the checkpoint: the path, or "default".
  public let name: String

  /// The file at a path.
  public static func file(_ path: String) -> ModelSource {
    ModelSource(place: .file(path), name: path)
  }

  /// The bytes of a file, which are copied.
  public static func bytes(_ bytes: [UInt8], name: String) -> ModelSource {
    ModelSource(place: .memory(ByteSource(copying: bytes)), name: name)
  }

  /// Bytes that stay where they are as long as the program runs.
  package static func permanent(_ bytes: UnsafeRawBufferPointer, name: String) -> ModelSource {
    ModelSource(place: .memory(ByteSource(permanent: bytes)), name: name)
  }

  /// Opens the file and reads its header.
  /// - Throws: as `Checkpoint.init(contentsOf:)`.
  public func open() throws(ModelError) -> Checkpoint {
    switch place {
    case .file(let path): try Checkpoint(contentsOf: path)
    case .memory(let source): try Checkpoint(source, name: "The model '\(name)'")
    }
  }
}
