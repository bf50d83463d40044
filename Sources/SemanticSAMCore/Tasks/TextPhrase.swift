/// What a text asks for: a thing or part, and the thing that it shall belong to.
///
/// "wheel of the car" and "the car's wheel" both ask for a wheel that lies in a car. Articles are left out.
struct TextPhrase: Hashable, Sendable {
  /// In lower case, single blanks between the words.
  var thing: String
  /// `nil` where the text names no owner.
  var owner: String?

  /// - Throws: `emptyPrompt` for a text without a word.
  init(_ text: String) throws(ModelError) {
    let words = text.lowercased().split { $0.isWhitespace || "\"“”.!?".contains($0) }.map(String.init)
    var thing = words[...]
    var owner: ArraySlice<String>?
    if let of = words.firstIndex(of: "of"), of > 0, of + 1 < words.count {
      thing = words[..<of]
      owner = words[(of + 1)...]
    } else if let place = words.firstIndex(where: { $0.hasSuffix("'s") || $0.hasSuffix("’s") }), place + 1 < words.count
    {
      owner = words[..<place] + [String(words[place].dropLast(2))]
      thing = words[(place + 1)...]
    }
    self.thing = Self.withoutArticles(thing)
    let named = owner.map(Self.withoutArticles) ?? ""
    self.owner = named.isEmpty ? nil : named
    guard !self.thing.isEmpty else {
      throw ModelError(
        .emptyPrompt,
        "The text \(ModelError.quoted(text)) names nothing; say what to look for, as in 'wheel of the car'.")
    }
  }

  private static func withoutArticles(_ words: ArraySlice<String>) -> String {
    words.filter { !["a", "an", "the", ""].contains($0) }.joined(separator: " ")
  }
}

extension TextPhrase: CustomStringConvertible {
  /// "wheel of car".
  var description: String { owner.map { "\(thing) of \($0)" } ?? thing }
}
