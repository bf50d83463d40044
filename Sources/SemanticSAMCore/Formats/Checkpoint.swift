/// An open file of weights: what its tensors are called, and their numbers on demand.
///
/// The file is safetensors, or a checkpoint of PyTorch; its content decides, not its name. A PyTorch checkpoint shows the
/// keys of this library: one for each parameter, without what only training needs.
public struct Checkpoint: Sendable {
  /// What is known of a tensor before it is read.
  public struct Entry: Hashable, Sendable {
    public let type: Safetensors.ElementType
    public let shape: [Int]

    /// The product of the shape's sizes.
    public var count: Int { shape.reduce(1, *) }
  }

  /// The tensors by name.
  public let entries: [String: Entry]
  /// The metadata of a safetensors file; a PyTorch checkpoint has none.
  public let metadata: [String: String]
  /// How messages call the file.
  let name: String
  let source: ByteSource
  private let contents: Contents

  private enum Contents: Sendable {
    case safetensors(Safetensors)
    case pyTorch([String: PyTorchCheckpoint.View])
  }

  /// Maps the file at `path`.
  /// - Throws: `unreadableFile`, `malformedFile`; `unsupported` for a PyTorch checkpoint that asks for more than weights;
  ///   `mismatchedParameters` for one that gives a parameter two values.
  public init(contentsOf path: String) throws(ModelError) {
    try self.init(ByteSource(path: path), name: "'\(path)'")
  }

  init(_ source: ByteSource, name: String) throws(ModelError) {
    self.name = name
    self.source = source
    guard PyTorchCheckpoint.isBeginning(of: source.bytes) else {
      let file = try Safetensors(source, name: name)
      entries = file.entries.mapValues { Entry(type: $0.type, shape: $0.shape) }
      metadata = file.metadata
      contents = .safetensors(file)
      return
    }
    let views = try Self.parameters(of: PyTorchCheckpoint(source, name: name))
    // All of it was read, for its checksums.
    source.forgetPages()
    entries = views.mapValues { Entry(type: $0.type, shape: $0.shape) }
    metadata = [:]
    contents = .pyTorch(views)
  }

  /// The tensors by this library's keys; those that the file has under several names have to be equal.
  private static func parameters(
    of file: PyTorchCheckpoint
  ) throws(ModelError) -> [String: PyTorchCheckpoint.View] {
    var parameters: [String: PyTorchCheckpoint.View] = [:]
    var origins: [String: String] = [:]
    // Second names have storages of their own, or the same place. A file of views that all differ could make this endless.
    var budget = file.source.bytes.count
    for (name, view) in file.views {
      guard let key = PublishedKeys.canonical(name) else { continue }
      guard let first = parameters[key], let origin = origins[key] else {
        parameters[key] = view
        origins[key] = name
        continue
      }
      guard first != view else { continue }
      let size = view.count * view.type.size
      let areEqual = withExtendedLifetime(file.source) {
        first.type == view.type && first.shape == view.shape && size <= budget
          && first.withBytes(of: file.source.bytes) { one in
            view.withBytes(of: file.source.bytes) { other in one.elementsEqual(other) }
          }
      }
      budget -= size
      guard areEqual else {
        throw ModelError(
          .mismatchedParameters,
          "\(file.name) holds different numbers under \(ModelError.quoted(origin)) and \(ModelError.quoted(name)), which "
            + "are one parameter; get an undamaged copy.")
      }
    }
    return parameters
  }

  /// Numbers of a tensor whose pages are worth giving back.
  private static let largeCount = 1 << 18

  /// A tensor as f32, converted from whatever it is stored as; nil where the file has none of that name.
  public func tensor(_ name: String) -> Tensor? {
    defer { if entries[name].map({ $0.count >= Self.largeCount }) ?? false { source.forgetPages() } }
    switch contents {
    case .safetensors(let file): return file.tensor(name)
    case .pyTorch(let views):
      guard let view = views[name] else { return nil }
      return withExtendedLifetime(source) {
        view.withBytes(of: source.bytes) { Tensor(converting: $0, of: view.type, shape: view.shape) }
      }
    }
  }

  /// SHA-256 of the whole file, as `sha256sum` prints it.
  public var checksum: String {
    defer { source.forgetPages() }
    return withExtendedLifetime(source) { SHA256.hexDigest(of: source.bytes) }
  }

  /// Whether two values read the same bytes in memory: one open file, or the weights inside the program.
  func isSameFile(as other: Checkpoint) -> Bool {
    source.bytes.baseAddress == other.source.bytes.baseAddress && source.bytes.count == other.source.bytes.count
  }
}
