/// Damaged JSON.
enum JSONText {
  /// Bytes that no text has become ones of JSON's own, so that the damage reaches the code behind the check of UTF-8.
  static func repair(_ bytes: inout [UInt8]) {
    let alphabet = Array(#"{}[]",:0123456789-.eE\truefalsn "#.utf8)
    for index in bytes.indices where bytes[index] < 0x20 || bytes[index] > 0x7E {
      bytes[index] = alphabet[Int(bytes[index]) % alphabet.count]
    }
  }
}
