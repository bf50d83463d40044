/// A file of `torch.save`: the zip format of PyTorch 1.6 and later, or the older stream of pickles.
///
/// Of `{"model": {...}, ...}` the inner dictionary counts, of another dictionary all of it; what else a trainer wrote is
/// skipped. Opening reads the description and checks each tensor's place; the file stays mapped, and numbers are read
/// when a tensor is asked for.
struct PyTorchCheckpoint: Sendable {
  /// A tensor's numbers in the file: every place that offset, shape and strides reach lies in `storage`.
  struct View: Hashable, Sendable {
    let type: Safetensors.ElementType
    let shape: [Int]
    /// In numbers.
    let strides: [Int]
    let offset: Int
    /// In bytes of the file.
    let storage: Range<Int>

    var count: Int { shape.reduce(1, *) }
  }

  /// By the names of the file, in their order.
  let views: [(name: String, view: View)]
  /// How messages call the file.
  let name: String
  let source: ByteSource

  /// The number 0x1950A86A20F9469CFC6C that the older format begins with, little-endian.
  private static let legacyMagic: [UInt8] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]

  /// Whether bytes begin as one of the two formats.
  static func isBeginning(of bytes: UnsafeRawBufferPointer) -> Bool {
    ZipArchive.isBeginning(of: bytes) || isLegacy(bytes)
  }

  /// The magic number stands in a pickle of its own, after its instructions, whose length depends on the protocol.
  private static func isLegacy(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.first == 0x80
      && (2...16).contains { start in
        start + legacyMagic.count <= bytes.count && bytes[start..<start + legacyMagic.count].elementsEqual(legacyMagic)
      }
  }

  /// - Throws: `malformedFile` for a file that contradicts itself or is cut off; `unsupported` for a pickle that asks for
  ///   anything but tensors and plain values.
  init(_ source: ByteSource, name: String) throws(ModelError) {
    let faults = Faults(name: name)
    let bytes = source.bytes
    let contents =
      try ZipArchive.isBeginning(of: bytes)
      ? Self.zipContents(bytes, faults) : Self.legacyContents(bytes, faults)
    let pickle = contents.pickle
    guard var items = pickle.items(pickle.root) else { throw faults.malformed("it holds no dictionary of tensors") }
    if let model = items.last(where: { pickle.text($0.key) == "model" }), let inner = pickle.items(model.value) {
      items = inner
    }
    var views: [(name: String, view: View)] = []
    var names: Set<String> = []
    for item in items {
      guard let key = pickle.text(item.key) else { throw faults.malformed("a tensor of it has no name") }
      let quoted = ModelError.quoted(key)
      guard case .tensor(let tensor) = pickle.nodes[item.value] else {
        guard PublishedKeys.isIgnored(key) else {
          throw faults.malformed("its \(quoted) is no tensor")
        }
        continue
      }
      guard names.insert(key).inserted else { throw faults.malformed("it names \(quoted) twice") }
      let record = pickle.tensors[tensor]
      let storage = pickle.storages[record.storage]
      guard let place = contents.places[storage.key] else {
        throw faults.malformed("the numbers of \(quoted) are missing")
      }
      guard let view = View(record, storage: storage, place: place) else {
        throw faults.malformed(
          "\(quoted) of shape \(Array(record.shape.prefix(8))) does not lie in its \(place.count) bytes")
      }
      views.append((key, view))
    }
    self.views = views
    self.name = name
    self.source = source
  }

  /// Errors of one file.
  private struct Faults {
    let name: String

    func malformed(_ what: String) -> ModelError {
      ModelError(.malformedFile, "\(name) is not a valid PyTorch checkpoint: \(what); get a complete copy.")
    }

    func unsupported(_ what: String) -> ModelError {
      ModelError(.unsupported, "\(name) is not read: \(what); get weights from a source that you trust.")
    }
  }

  /// What a file describes, and the places of its storages by their keys.
  private struct Contents {
    var pickle: Unpickler
    var places: [String: Range<Int>]
  }

  private static func zipContents(_ bytes: UnsafeRawBufferPointer, _ faults: Faults) throws(ModelError) -> Contents {
    let archive = try ZipArchive(bytes, fault: faults.malformed)
    let suffix = "/data.pkl"
    let pickles = archive.entries.keys.filter { $0.hasSuffix(suffix) }
    guard pickles.count == 1, let path = pickles.first, let entry = archive.entries[path] else {
      throw faults.malformed("there are \(pickles.count) entries 'data.pkl' in it instead of one")
    }
    let folder = path.dropLast(suffix.count)
    if let order = archive.entries[folder + "/byteorder"], bytes[order.range].elementsEqual("big".utf8) {
      throw faults.unsupported("its numbers are big-endian")
    }
    func check(_ entry: ZipArchive.Entry, _ path: String) throws(ModelError) {
      guard CRC32.checksum(of: UnsafeRawBufferPointer(rebasing: bytes[entry.range])) == entry.checksum else {
        throw faults.malformed("the checksum of \(ModelError.quoted(path)) is wrong")
      }
    }
    try check(entry, path)
    let pickle = try Unpickler(
      UnsafeRawBufferPointer(rebasing: bytes[..<entry.range.upperBound]), from: entry.range.lowerBound,
      fault: faults.malformed, refusal: faults.unsupported)
    var places: [String: Range<Int>] = [:]
    for storage in pickle.storages {
      let path = folder + "/data/" + storage.key
      guard let entry = archive.entries[path] else { continue }
      guard Self.byteCount(storage) == entry.range.count else {
        throw faults.malformed(
          "\(ModelError.quoted(path)) has \(entry.range.count) bytes, its description \(storage.count) numbers of "
            + "\(storage.type.size) bytes")
      }
      try check(entry, path)
      places[storage.key] = entry.range
    }
    return Contents(pickle: pickle, places: places)
  }

  /// Five pickles (magic number, version, facts of the machine, the object, a list of storages' keys), then for each
  /// of these the number of its numbers in 64 bits and the numbers.
  private static func legacyContents(_ bytes: UnsafeRawBufferPointer, _ faults: Faults) throws(ModelError) -> Contents {
    func unpickle(from start: Int) throws(ModelError) -> Unpickler {
      try Unpickler(bytes, from: start, fault: faults.malformed, refusal: faults.unsupported)
    }
    let magic = try unpickle(from: 0)
    let version = try unpickle(from: magic.end)
    guard case .integer(1001) = version.nodes[version.root] else {
      throw faults.malformed("its format is not that of version 1001")
    }
    let machine = try unpickle(from: version.end)
    for item in machine.items(machine.root) ?? [] where machine.text(item.key) == "little_endian" {
      if case .bool(false) = machine.nodes[item.value] { throw faults.unsupported("its numbers are big-endian") }
    }
    let pickle = try unpickle(from: machine.end)
    let keys = try unpickle(from: pickle.end)
    let storages = Dictionary(pickle.storages.map { ($0.key, $0) }) { first, _ in first }
    let fields = LittleEndianFields(bytes)
    var places: [String: Range<Int>] = [:]
    var position = keys.end
    for index in keys.elements(keys.root) ?? [] {
      guard let key = keys.text(index), let storage = storages[key], places[key] == nil else {
        throw faults.malformed("it lists storages that its pickle does not describe")
      }
      let quoted = ModelError.quoted(key)
      guard let count = fields.size(position) else {
        throw faults.malformed("it is cut off before the storage \(quoted)")
      }
      guard count == storage.count, let size = byteCount(storage) else {
        throw faults.malformed("the storage \(quoted) has \(count) numbers instead of \(storage.count)")
      }
      guard size <= bytes.count - position - 8 else {
        throw faults.malformed(
          "it is cut off in the storage \(quoted), of which it has \(bytes.count - position - 8) of \(size) bytes")
      }
      places[key] = position + 8..<position + 8 + size
      position += 8 + size
    }
    guard position == bytes.count else {
      throw faults.malformed("it has \(bytes.count - position) bytes after its last storage")
    }
    return Contents(pickle: pickle, places: places)
  }

  private static func byteCount(_ storage: Unpickler.Storage) -> Int? {
    let (product, overflow) = storage.count.multipliedReportingOverflow(by: storage.type.size)
    return overflow ? nil : product
  }
}

extension PyTorchCheckpoint.View {
  /// nil for a view that leaves its storage, or has more places than it: a tensor repeated by strides of 0 could claim any
  /// size.
  init?(_ record: Unpickler.TensorView, storage: Unpickler.Storage, place: Range<Int>) {
    var count = 1
    var last = record.offset
    guard record.offset >= 0, record.offset <= storage.count else { return nil }
    for (size, stride) in zip(record.shape, record.strides) {
      guard size >= 0, stride >= 0 else { return nil }
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      let (reach, farOverflow) = max(size - 1, 0).multipliedReportingOverflow(by: stride)
      let (sum, sumOverflow) = last.addingReportingOverflow(reach)
      guard !overflow, !farOverflow, !sumOverflow else { return nil }
      count = product
      last = sum
    }
    guard count <= storage.count, count == 0 || last < storage.count else { return nil }
    self.init(
      type: storage.type, shape: record.shape, strides: record.strides, offset: record.offset, storage: place)
  }

  /// Whether the numbers lie in a row, first index outermost.
  private var isContiguous: Bool {
    var expected = 1
    for (size, stride) in zip(shape, strides).reversed() where size != 1 {
      guard stride == expected else { return false }
      expected *= size
    }
    return true
  }

  /// Calls `body` with the numbers' bytes in row-major order: those of the file, or a copy for a view with gaps.
  func withBytes<Result>(of file: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    let size = type.size
    let stored = UnsafeRawBufferPointer(rebasing: file[storage])
    // Sizes beside a 0 may be of any size, so they are not multiplied.
    guard count > 0, !isContiguous else {
      return body(UnsafeRawBufferPointer(rebasing: stored[offset * size..<(offset + count) * size]))
    }
    var packed: [UInt8] = []
    packed.reserveCapacity(count * size)
    var index = [Int](repeating: 0, count: shape.count)
    var place = offset
    for _ in 0..<count {
      packed.append(contentsOf: stored[place * size..<(place + 1) * size])
      for axis in shape.indices.reversed() {
        index[axis] += 1
        place += strides[axis]
        guard index[axis] == shape[axis] else { break }
        place -= strides[axis] * shape[axis]
        index[axis] = 0
      }
    }
    return packed.withUnsafeBytes(body)
  }
}
