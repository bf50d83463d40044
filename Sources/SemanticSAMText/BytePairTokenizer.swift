import Foundation
import SemanticSAMCore

/// CLIP's byte-pair tokeniser (Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", 2021;
/// reference: `CLIPTokenizer` without ftfy's repair of broken text).
public struct BytePairTokenizer: Sendable {
  /// What two neighbours become, and how early: lower ranks first.
  private struct Merge: Sendable {
    var rank: Int
    var result: Int
  }

  private struct Pair: Hashable, Sendable {
    var first: Int
    var second: Int
  }

  private let merges: [Pair: Merge]
  /// The symbol of each byte: within a word, and as its end.
  private let inner: [Int]
  private let last: [Int]
  /// The ids of "<|startoftext|>" and "<|endoftext|>".
  public let start: Int
  public let end: Int
  /// The id after the largest.
  public let vocabularyCount: Int

  /// Merges of the published file that belong to the vocabulary.
  private static let mergeCount = 48_894
  private static let wordEnd = Array("</w>".utf8)

  /// Reads the published merges `bpe_simple_vocab_16e6.txt.gz`, compressed or not.
  /// - Throws: `unreadableFile`, `limitExceeded`, `malformedFile`.
  public init(merges path: String) throws(ModelError) {
    let lines = try Self.lines(path)
    guard lines.count > Self.mergeCount else {
      throw ModelError(
        .malformedFile,
        "'\(path)' has \(lines.count) lines instead of more than \(Self.mergeCount); give CLIP's bpe_simple_vocab_16e6.txt.gz."
      )
    }
    let alphabet = Self.alphabet
    var symbols: [[UInt8]: Int] = [:]
    for (id, symbol) in alphabet.enumerated() {
      symbols[symbol] = id
      symbols[symbol + Self.wordEnd] = alphabet.count + id
    }
    var next = 2 * alphabet.count
    let list = lines[1...Self.mergeCount]
    for line in list {
      symbols[line.filter { $0 != UInt8(ascii: " ") }] = next
      next += 1
    }
    try self.init(symbols: symbols, merges: list, start: next, end: next + 1, path: path)
  }

  /// Reads `vocab.json` and `merges.txt` of a folder in the layout of Hugging Face.
  /// - Throws: `unreadableFile`, `limitExceeded`, `malformedFile`.
  public init(folder: String) throws(ModelError) {
    let path = folder + "/vocab.json"
    let data = Data(try FileBytes.read(path, limit: 1 << 25))
    guard let table = try? JSONDecoder().decode([String: Int].self, from: data),
      table.values.allSatisfy({ (0..<1 << 24).contains($0) }), let start = table["<|startoftext|>"],
      let end = table["<|endoftext|>"]
    else {
      throw ModelError(
        .malformedFile,
        "'\(path)' is no vocabulary of CLIP: a JSON object of ids with <|startoftext|> and <|endoftext|>; get CLIP's files."
      )
    }
    let symbols = Dictionary(table.map { (Array($0.key.utf8), $0.value) }) { first, _ in first }
    let lines = try Self.lines(folder + "/merges.txt")
    let hasHeader = lines.first?.starts(with: "#version".utf8) ?? false
    try self.init(
      symbols: symbols, merges: hasHeader ? lines.dropFirst() : lines[...], start: start, end: end,
      path: folder + "/merges.txt")
  }

  private init(
    symbols: [[UInt8]: Int], merges lines: ArraySlice<[UInt8]>, start: Int, end: Int, path: String
  ) throws(ModelError) {
    var merges: [Pair: Merge] = [:]
    for (rank, line) in lines.enumerated() where !line.isEmpty {
      let parts = line.split(separator: UInt8(ascii: " "))
      guard parts.count == 2, let first = symbols[Array(parts[0])], let second = symbols[Array(parts[1])],
        let result = symbols[Array(parts[0]) + parts[1]]
      else {
        throw ModelError(
          .malformedFile,
          "Merge \(rank) of '\(path)' does not join two symbols of the vocabulary; get a complete copy of CLIP's files."
        )
      }
      let pair = Pair(first: first, second: second)
      if merges[pair] == nil { merges[pair] = Merge(rank: rank, result: result) }
    }
    self.merges = merges
    // A byte without a symbol of its own is unknown, which CLIP writes as the end.
    var inner = [Int](repeating: end, count: 256)
    var last = inner
    for (symbol, byte) in zip(Self.alphabet, Self.alphabetBytes) {
      inner[Int(byte)] = symbols[symbol] ?? end
      last[Int(byte)] = symbols[symbol + Self.wordEnd] ?? end
    }
    self.inner = inner
    self.last = last
    self.start = start
    self.end = end
    vocabularyCount = max(symbols.values.max() ?? 0, start, end) + 1
  }

  /// The ids of a text, the start first and the end last, without padding.
  /// - Parameter limit: the most ids, at least 2; a longer text is cut.
  public func encode(_ text: String, limit: Int = 77) -> [Int] {
    let words = UnicodeText.words(Array(text.unicodeScalars))
    let clean = UnicodeText.lowercased(Array(words.joined(separator: [" "])))
    var ids = [start]
    for piece in pieces(clean) {
      if ids.count >= limit { break }
      ids += piece
    }
    return ids.prefix(max(limit, 2) - 1) + [end]
  }

  private enum Kind {
    case letter, number, space, other

    init(_ scalar: Unicode.Scalar) {
      switch scalar.properties.generalCategory {
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: self = .letter
      case .decimalNumber, .letterNumber, .otherNumber: self = .number
      default: self = scalar == " " ? .space : .other
      }
    }
  }

  private static let contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"].map { Array($0.unicodeScalars) }

  /// The ids of each piece of a clean text: special tokens, contractions, runs of letters, single numbers, runs of the rest.
  private func pieces(_ text: [Unicode.Scalar]) -> [[Int]] {
    let specials = [("<|startoftext|>", start), ("<|endoftext|>", end)].map { (Array($0.0.unicodeScalars), $0.1) }
    func special(_ place: Int) -> (length: Int, id: Int)? {
      guard text[place] == "<" else { return nil }
      return specials.first { text[place...].starts(with: $0.0) }.map { ($0.0.count, $0.1) }
    }
    var pieces: [[Int]] = []
    var place = 0
    while place < text.count {
      if let special = special(place) {
        pieces.append([special.id])
        place += special.length
        continue
      }
      if text[place] == "'", let word = Self.contractions.first(where: { text[place...].starts(with: $0) }) {
        pieces.append(merged(word))
        place += word.count
        continue
      }
      let kind = Kind(text[place])
      var end = place + 1
      if kind == .letter || kind == .other {
        // Special tokens are cut out of a text before anything else.
        while end < text.count, Kind(text[end]) == kind, special(end) == nil { end += 1 }
      }
      if kind != .space { pieces.append(merged(Array(text[place..<end]))) }
      place = end
    }
    return pieces
  }

  /// The symbols of a word: its bytes, of which neighbours are joined, the pair of the lowest rank first.
  private func merged(_ word: [Unicode.Scalar]) -> [Int] {
    let bytes = word.utf8Bytes
    var symbols = bytes.enumerated().map {
      $0.offset == bytes.count - 1 ? last[Int($0.element)] : inner[Int($0.element)]
    }
    while symbols.count > 1 {
      var best: (pair: Pair, merge: Merge)?
      for (first, second) in zip(symbols, symbols.dropFirst()) {
        let pair = Pair(first: first, second: second)
        if let merge = merges[pair], merge.rank < best?.merge.rank ?? .max { best = (pair, merge) }
      }
      guard let best else { break }
      var joined: [Int] = []
      var place = 0
      while place < symbols.count {
        if place + 1 < symbols.count, symbols[place] == best.pair.first, symbols[place + 1] == best.pair.second {
          joined.append(best.merge.result)
          place += 2
        } else {
          joined.append(symbols[place])
          place += 1
        }
      }
      symbols = joined
    }
    return symbols
  }

  /// The bytes in the order of their ids: printable ones of Latin-1 first.
  private static let alphabetBytes: [UInt8] = {
    let printable = (33...126).map(UInt8.init) + (161...172).map(UInt8.init) + (174...255).map(UInt8.init)
    return printable + (0...255).map(UInt8.init).filter { !printable.contains($0) }
  }()

  /// The printable character that stands for each byte of `alphabetBytes`, in UTF-8.
  private static let alphabet: [[UInt8]] = {
    let printable = 188
    return alphabetBytes.enumerated().map { index, byte in
      let value = index < printable ? UInt32(byte) : UInt32(256 + index - printable)
      return Unicode.Scalar(value).map { [$0].utf8Bytes } ?? []
    }
  }()

  private static func lines(_ path: String) throws(ModelError) -> [[UInt8]] {
    var bytes = try FileBytes.read(path, limit: 1 << 25)
    if bytes.starts(with: [0x1F, 0x8B]) { bytes = try Gzip.decompressed(bytes, limit: 1 << 26, name: "'\(path)'") }
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { Array($0) }
    for index in lines.indices where lines[index].last == UInt8(ascii: "\r") { lines[index].removeLast() }
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }
}
