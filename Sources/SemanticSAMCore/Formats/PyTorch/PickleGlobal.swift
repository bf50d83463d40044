/// The Python globals that a file of weights may name.
enum PickleGlobal {
  case orderedDictionary
  /// `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks)`.
  case tensor
  /// `_rebuild_parameter(tensor, requires_grad, hooks)`.
  case parameter
  case size
  case storage(Safetensors.ElementType)

  /// nil for any other global.
  init?(module: String, name: String) {
    switch (module, name) {
    case ("collections", "OrderedDict"): self = .orderedDictionary
    case ("torch._utils", "_rebuild_tensor_v2"): self = .tensor
    case ("torch._utils", "_rebuild_parameter"): self = .parameter
    case ("torch", "Size"): self = .size
    case ("torch", "DoubleStorage"): self = .storage(.float64)
    case ("torch", "FloatStorage"): self = .storage(.float32)
    case ("torch", "HalfStorage"): self = .storage(.float16)
    case ("torch", "BFloat16Storage"): self = .storage(.bfloat16)
    case ("torch", "LongStorage"): self = .storage(.int64)
    case ("torch", "IntStorage"): self = .storage(.int32)
    case ("torch", "ByteStorage"): self = .storage(.uint8)
    case ("torch", "BoolStorage"): self = .storage(.bool)
    default: return nil
    }
  }
}
