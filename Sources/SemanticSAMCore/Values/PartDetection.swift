/// A part of a thing that was found, with its name and its owner's.
public struct PartDetection: Hashable, Sendable {
  public var mask: Mask
  /// By pixel edges of the image; as the network predicts it, or that of the mask.
  public var box: Box
  /// The place of its name in the vocabulary's parts.
  public var category: Int
  /// "head".
  public var name: String
  /// "dog"; `nil` where it is not known what the part belongs to.
  public var object: String?
  /// 0...1.
  public var score: Float

  public init(mask: Mask, box: Box, category: Int, name: String, object: String?, score: Float) {
    self.mask = mask
    self.box = box
    self.category = category
    self.name = name
    self.object = object
    self.score = score
  }

  /// "dog: head", or "head" alone.
  public var fullName: String { object.map { "\($0): \(name)" } ?? name }

  /// A name of the form "object:part" as its two halves; one without a colon is that of a part.
  static func halves(of name: String) -> (object: String?, part: String) {
    guard let colon = name.firstIndex(of: ":") else { return (nil, name) }
    func trimmed(_ text: Substring) -> String {
      var text = text
      while text.first == " " { text = text.dropFirst() }
      while text.last == " " { text = text.dropLast() }
      return String(text)
    }
    let part = trimmed(name[name.index(after: colon)...])
    let object = trimmed(name[..<colon])
    return part.isEmpty || object.isEmpty ? (nil, name) : (object, part)
  }
}
