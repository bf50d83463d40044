import Foundation
import SemanticSAMCore

/// The tokeniser of BERT's uncased models: words in lower case without accents, cut into the longest pieces that a
/// vocabulary has (Devlin et al., "BERT", 2018, and the reference `BasicTokenizer` and `WordpieceTokenizer`).
public struct WordPieceTokenizer: Sendable {
  /// The id of a piece by its UTF-8.
  private let ids: [[UInt8]: Int]
  private let unknown: Int
  private let begin: Int
  private let end: Int
  /// The id after the largest.
  let vocabularyCount: Int

  /// Words of more characters are unknown as a whole.
  private static let longestWord = 100
  private static let specials = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]

  /// Reads `vocab.txt`: a piece a line, its id the line's number from 0.
  /// - Throws: `unreadableFile`, `limitExceeded`; `malformedFile` where [UNK], [CLS] or [SEP] is missing.
  public init(contentsOf path: String) throws(ModelError) {
    let bytes = try FileBytes.read(path, limit: 1 << 24)
    var ids: [[UInt8]: Int] = [:]
    var count = 0
    for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      let piece = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      if !piece.isEmpty, ids[Array(piece)] == nil { ids[Array(piece)] = count }
      count += 1
    }
    func special(_ name: String) throws(ModelError) -> Int {
      guard let id = ids[Array(name.utf8)] else {
        throw ModelError(
          .malformedFile, "'\(path)' is no vocabulary of an uncased BERT: it has no \(name); give its vocab.txt.")
      }
      return id
    }
    unknown = try special("[UNK]")
    begin = try special("[CLS]")
    end = try special("[SEP]")
    self.ids = ids
    vocabularyCount = count
  }

  /// The ids of a text, [CLS] first and [SEP] last.
  /// - Parameter limit: the most ids, at least 2; a longer text is cut.
  public func encode(_ text: String, limit: Int = 256) -> [Int] {
    var result = [begin]
    for segment in segments(Array(text.unicodeScalars)) {
      if result.count >= limit - 1 { break }
      switch segment {
      case .special(let id): result.append(id)
      case .text(let scalars):
        for word in words(scalars) { append(word, to: &result) }
      }
    }
    return result.prefix(max(limit, 2) - 1) + [end]
  }

  private enum Segment {
    case text([Unicode.Scalar])
    case special(Int)
  }

  /// The text around special pieces that are written in it.
  private func segments(_ scalars: [Unicode.Scalar]) -> [Segment] {
    var segments: [Segment] = []
    var start = 0
    var index = 0
    while index < scalars.count {
      let special =
        scalars[index] != "["
        ? nil
        : Self.specials.first { name in
          scalars[index...].starts(with: name.unicodeScalars)
        }
      guard let special, let id = ids[Array(special.utf8)] else {
        index += 1
        continue
      }
      segments.append(.text(Array(scalars[start..<index])))
      segments.append(.special(id))
      index += special.unicodeScalars.count
      start = index
    }
    return segments + [.text(Array(scalars[start...]))]
  }

  /// Words and punctuation marks, in lower case and without accents.
  private func words(_ scalars: [Unicode.Scalar]) -> [[Unicode.Scalar]] {
    var clean: [Unicode.Scalar] = []
    for scalar in scalars where !Self.isDropped(scalar) {
      if scalar.properties.generalCategory == .spaceSeparator || "\t\n\r".unicodeScalars.contains(scalar) {
        clean.append(" ")
      } else if Self.isCJK(scalar) {
        clean += [" ", scalar, " "]
      } else {
        clean.append(scalar)
      }
    }
    return UnicodeText.words(clean).flatMap { word in
      var pieces: [[Unicode.Scalar]] = []
      var isOpen = false
      for scalar in Self.withoutAccents(UnicodeText.lowercased(word)) {
        if Self.isPunctuation(scalar) {
          pieces.append([scalar])
          isOpen = false
        } else if isOpen {
          pieces[pieces.count - 1].append(scalar)
        } else {
          pieces.append([scalar])
          isOpen = true
        }
      }
      return pieces.flatMap { UnicodeText.words($0) }
    }
  }

  /// The longest piece that begins the word, then the longest continuation, and so on; one unknown piece where that fails.
  private func append(_ word: [Unicode.Scalar], to result: inout [Int]) {
    guard word.count <= Self.longestWord else {
      result.append(unknown)
      return
    }
    var pieces: [Int] = []
    var start = 0
    while start < word.count {
      var end = word.count
      var found: Int?
      while start < end {
        let prefix: [UInt8] = start > 0 ? [UInt8(ascii: "#"), UInt8(ascii: "#")] : []
        found = ids[prefix + word[start..<end].utf8Bytes]
        if found != nil { break }
        end -= 1
      }
      guard let found else {
        result.append(unknown)
        return
      }
      pieces.append(found)
      start = end
    }
    result += pieces
  }

  private static func withoutAccents(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
    if scalars.allSatisfy(\.isASCII) { return scalars }
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars)
    return String(text).decomposedStringWithCanonicalMapping.unicodeScalars
      .filter { $0.properties.generalCategory != .nonspacingMark }
  }

  /// Control characters but for white space, and what stands for a character that could not be read.
  private static func isDropped(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value == 0 || scalar.value == 0xFFFD { return true }
    if "\t\n\r".unicodeScalars.contains(scalar) { return false }
    switch scalar.properties.generalCategory {
    case .control, .format, .unassigned, .privateUse, .surrogate: return true
    default: return false
    }
  }

  private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 33...47, 58...64, 91...96, 123...126: return true
    default: break
    }
    switch scalar.properties.generalCategory {
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
      .finalPunctuation, .otherPunctuation:
      return true
    default: return false
    }
  }

  /// The blocks of ideographs, which are words of one character.
  private static func isCJK(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F, 0x2B820...0x2CEAF,
      0xF900...0xFAFF, 0x2F800...0x2FA1F:
      true
    default: false
    }
  }
}
