/// Letter case and white space by the rules of Python's `str`, with which the vocabularies were made.
enum UnicodeText {
  /// Lower case by Unicode's full mapping; a capital sigma at the end of a word becomes a final one.
  static func lowercased(_ text: some Collection<Unicode.Scalar>) -> [Unicode.Scalar] {
    let scalars = Array(text)
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(scalars.count)
    for (index, scalar) in scalars.enumerated() {
      if scalar == "\u{3A3}" {
        result.append(isFinal(scalars, index) ? "\u{3C2}" : "\u{3C3}")
      } else if scalar.isASCII {
        result.append(("A"..."Z").contains(scalar) ? Unicode.Scalar(UInt8(scalar.value) + 32) : scalar)
      } else {
        result.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
      }
    }
    return result
  }

  /// The condition Final_Sigma of the Unicode Standard, section 3.13.
  private static func isFinal(_ scalars: [Unicode.Scalar], _ index: Int) -> Bool {
    let before = scalars[..<index].last { !$0.properties.isCaseIgnorable }
    let after = scalars[(index + 1)...].first { !$0.properties.isCaseIgnorable }
    return before?.properties.isCased == true && after?.properties.isCased != true
  }

  /// White space as `str.isspace` has it: that of Unicode, and the four separators of ASCII.
  static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    (0x1C...0x1F).contains(scalar.value) || scalar.properties.isWhitespace
  }

  /// Runs of what is no white space.
  static func words(_ scalars: some Collection<Unicode.Scalar>) -> [[Unicode.Scalar]] {
    scalars.split(whereSeparator: isSpace).map { Array($0) }
  }
}

extension Collection<Unicode.Scalar> {
  /// In UTF-8. Tables are keyed by bytes, because strings that are canonically equivalent count as equal.
  var utf8Bytes: [UInt8] {
    var bytes: [UInt8] = []
    for scalar in self {
      if let units = UTF8.encode(scalar) { bytes.append(contentsOf: units) }
    }
    return bytes
  }
}
