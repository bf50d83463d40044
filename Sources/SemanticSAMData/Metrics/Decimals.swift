/// Numbers and lines for people.
enum Decimals {
  /// A number with so many digits after the point, rounded half away from zero.
  static func text(_ value: Double, digits: Int = 4) -> String {
    var power = 1.0
    for _ in 0..<digits { power *= 10 }
    let scaled = (abs(value) * power).rounded()
    guard scaled < 1e15, digits > 0 else { return "\(value)" }
    let (whole, rest) = Int(scaled).quotientAndRemainder(dividingBy: Int(power))
    let fraction = String(Int(power) + rest).dropFirst()
    return (value < 0 && scaled > 0 ? "-" : "") + "\(whole).\(fraction)"
  }

  /// Names on the left, values flush right.
  static func table(_ rows: [(name: String, value: String)]) -> String {
    let nameWidth = rows.map(\.name.count).max() ?? 0
    let valueWidth = rows.map(\.value.count).max() ?? 0
    return rows.map { row in
      row.name + String(repeating: " ", count: nameWidth + valueWidth + 2 - row.name.count - row.value.count)
        + row.value + "\n"
    }.joined()
  }
}
