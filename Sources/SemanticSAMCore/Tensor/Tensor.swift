/// Numbers of 32 bits in a dense, row-major array; a value with copy-on-write storage.
///
/// Feature maps are `[H, W, C]` (a batch of them `[N, H, W, C]`), tokens and queries `[L, C]`: channels are innermost, so a
/// map's pixels are tokens without a copy.
public struct Tensor: Sendable {
  public private(set) var shape: [Int]
  private var storage: Storage
  private var offset: Int
  /// Where the tape that follows this tensor has it; writing to a tensor ends that.
  private(set) var record: Tape.Record?

  /// A tensor whose numbers are arbitrary until written.
  init(uninitialized shape: [Int]) {
    self.init(shape: shape, storage: Storage(count: shape.reduce(1, *)), offset: 0)
  }

  private init(shape: [Int], storage: Storage, offset: Int) {
    self.shape = shape
    self.storage = storage
    self.offset = offset
  }

  public init(repeating value: Float = 0, shape: [Int]) {
    self.init(uninitialized: shape)
    storage.pointer.initialize(repeating: value, count: count)
  }

  /// - Precondition: as many values as the shape has places.
  public init(_ values: [Float], shape: [Int]) {
    precondition(values.count == shape.reduce(1, *), "\(values.count) values do not fill the shape \(shape).")
    self.init(uninitialized: shape)
    values.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { storage.pointer.initialize(from: base, count: source.count) }
    }
  }

  /// The product of the shape's sizes.
  public var count: Int { shape.reduce(1, *) }

  /// The numbers in row-major order, copied.
  public var values: [Float] { withUnsafeBufferPointer { Array($0) } }

  public func withUnsafeBufferPointer<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(storage) {} }
    return try body(UnsafeBufferPointer(start: storage.pointer + offset, count: count))
  }

  public mutating func withUnsafeMutableBufferPointer<Result, Failure: Error>(
    _ body: (UnsafeMutableBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    makeUnique()
    defer { withExtendedLifetime(storage) {} }
    return try body(UnsafeMutableBufferPointer(start: storage.pointer + offset, count: count))
  }

  private mutating func makeUnique() {
    record = nil
    guard !isKnownUniquelyReferenced(&storage) else { return }
    let copy = Storage(count: count)
    copy.pointer.initialize(from: storage.pointer + offset, count: count)
    storage = copy
    offset = 0
  }

  /// The same numbers in another shape, without a copy.
  /// - Precondition: the new shape has as many places.
  public func reshaped(to shape: [Int]) -> Tensor {
    precondition(shape.reduce(1, *) == count, "A tensor of shape \(self.shape) cannot take the shape \(shape).")
    return Tensor(shape: shape, storage: storage, offset: offset)
  }

  /// A range of the outermost dimension, without a copy.
  public func rows(_ range: Range<Int>) -> Tensor {
    precondition(range.lowerBound >= 0 && range.upperBound <= (shape.first ?? 0), "Rows \(range) of \(shape).")
    let row = shape.dropFirst().reduce(1, *)
    return Tensor(
      shape: [range.count] + shape.dropFirst(), storage: storage, offset: offset + range.lowerBound * row)
  }

  /// The tensors one below the other: their outermost dimensions add up, the others agree.
  public static func concatenated(_ tensors: [Tensor]) -> Tensor {
    guard let first = tensors.first else { return Tensor(repeating: 0, shape: [0]) }
    let rows = tensors.reduce(0) { $0 + $1.shape[0] }
    var output = Tensor(uninitialized: [rows] + first.shape.dropFirst())
    var target = output.mutableAddress
    for tensor in tensors {
      precondition(tensor.shape.dropFirst() == first.shape.dropFirst(), "Tensors of different rows.")
      withExtendedLifetime(tensor) { target.update(from: tensor.address, count: tensor.count) }
      target += tensor.count
    }
    return output
  }
}

extension Tensor {
  /// The first number, for kernels. The caller keeps the tensor alive (`withExtendedLifetime`) while they run.
  var address: UnsafePointer<Float> { UnsafePointer(storage.pointer + offset) }

  /// The first number of storage that nobody else sees.
  var mutableAddress: UnsafeMutablePointer<Float> {
    mutating get {
      makeUnique()
      return storage.pointer + offset
    }
  }

  /// The same numbers, followed by no tape: a constant for whatever is computed of it.
  public var detached: Tensor {
    var copy = self
    copy.record = nil
    return copy
  }

  /// The same numbers under a record of a tape.
  func followed(as record: Tape.Record) -> Tensor {
    var copy = self
    copy.record = record
    return copy
  }

  /// The size of the innermost dimension.
  var channels: Int { shape.last ?? 1 }

  /// How many rows of `channels` numbers there are.
  var rowCount: Int { shape.dropLast().reduce(1, *) }
}
