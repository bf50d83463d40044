/// A reader under test. Another kind of file is one more type of this protocol and one more entry in `main.swift`.
protocol ReaderTarget {
  /// What the command line calls it.
  var kind: String { get }

  /// Puts checksums and lengths right, so that the damage reaches the code behind them.
  func repair(_ bytes: inout [UInt8], of original: [UInt8])

  /// Where the file is damaged for the mutation of this number.
  func vulnerablePart(of bytes: [UInt8], mutation: Int) -> Range<Int>

  /// Reads the file and checks what came out; the reader's own errors are `ModelError`.
  func read(_ bytes: [UInt8]) throws
}

extension ReaderTarget {
  func vulnerablePart(of bytes: [UInt8], mutation: Int) -> Range<Int> { bytes.indices }
}

/// A reader gave something that it must not give.
struct BrokenPromise: Error, CustomStringConvertible {
  let description: String
}
