import TensorKernels

extension Tensor {
  /// Numbers of a file, little-endian and without alignment, as f32.
  /// - Precondition: `bytes` has as many numbers of `type` as `shape` has places.
  init(converting bytes: UnsafeRawBufferPointer, of type: Safetensors.ElementType, shape: [Int]) {
    self.init(uninitialized: shape)
    let count = count
    precondition(bytes.count == count * type.size, "\(bytes.count) bytes do not fill the shape \(shape).")
    let target = mutableAddress
    guard let base = bytes.baseAddress, count > 0 else { return }
    switch type {
    case .float32: UnsafeMutableRawPointer(target).copyMemory(from: base, byteCount: bytes.count)
    case .bfloat16: tk_convert_bf16_f32(count, base, target)
    case .float16: tk_convert_f16_f32(count, base, target)
    case .float64: tk_convert_f64_f32(count, base, target)
    case .int64: Self.convert(bytes, Int64.self, target)
    case .int32: Self.convert(bytes, Int32.self, target)
    case .int16: Self.convert(bytes, Int16.self, target)
    case .int8: Self.convert(bytes, Int8.self, target)
    case .uint64: Self.convert(bytes, UInt64.self, target)
    case .uint32: Self.convert(bytes, UInt32.self, target)
    case .uint16: Self.convert(bytes, UInt16.self, target)
    case .uint8, .bool: Self.convert(bytes, UInt8.self, target)
    }
  }

  /// Widens little-endian integers.
  private static func convert<Integer: FixedWidthInteger & BitwiseCopyable>(
    _ bytes: UnsafeRawBufferPointer, _ type: Integer.Type, _ target: UnsafeMutablePointer<Float>
  ) {
    let size = MemoryLayout<Integer>.size
    for index in 0..<bytes.count / size {
      target[index] = Float(Integer(littleEndian: bytes.loadUnaligned(fromByteOffset: index * size, as: Integer.self)))
    }
  }
}
