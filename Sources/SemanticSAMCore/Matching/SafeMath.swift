#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Functions of logits in the forms that neither overflow nor lose their digits.
enum SafeMath {
  static func log(_ x: Double) -> Double { _log(x) }

  static func exp(_ x: Double) -> Double { _exp(x) }

  /// 1 / (1 + exp(-x)).
  static func sigmoid(_ x: Double) -> Double {
    let e = _exp(-abs(x))
    return (x < 0 ? e : 1) / (1 + e)
  }

  /// log(1 + exp(x)).
  static func softplus(_ x: Double) -> Double { max(x, 0) + _log1p(_exp(-abs(x))) }
}

// Inside the type the names above would hide those of the C library.
private func _log(_ x: Double) -> Double { log(x) }
private func _exp(_ x: Double) -> Double { exp(x) }
private func _log1p(_ x: Double) -> Double { log1p(x) }
