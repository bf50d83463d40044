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

  /// The numbers as little-endian bytes of a floating-point type, narrowed to the nearest (halves to the even one).
  /// - Precondition: `type` is F64, F32, F16 or BF16.
  func encoded(as type: Safetensors.ElementType) -> [UInt8] {
    let count = count
    return [UInt8](unsafeUninitializedCapacity: count * type.size) { buffer, size in
      size = count * type.size
      let target = UnsafeMutableRawBufferPointer(buffer)
      withUnsafeBufferPointer { values in
        switch type {
        case .float32: target.copyBytes(from: UnsafeRawBufferPointer(values))
        case .bfloat16, .float16:
          // The kernels write to aligned numbers, and the beginning of an array is aligned to 16 bytes.
          guard let source = values.baseAddress, let base = target.bindMemory(to: UInt16.self).baseAddress else {
            return
          }
          if type == .bfloat16 {
            tk_convert_f32_bf16(count, source, base)
          } else {
            tk_convert_f32_f16(count, source, base)
          }
        case .float64:
          for index in 0..<count {
            target.storeBytes(
              of: Double(values[index]).bitPattern.littleEndian, toByteOffset: index * 8, as: UInt64.self)
          }
        default: preconditionFailure("Tensors are not written as \(type.rawValue).")
        }
      }
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
