/// The answers to one prompt, best predicted quality first.
public struct Segmentation: RandomAccessCollection, Sendable {
  /// In pixels.
  public let imageWidth: Int
  /// In pixels.
  public let imageHeight: Int
  private let candidates: [Candidate]

  /// A segmentation of candidates that stand in their final order, best first.
  public init(imageWidth: Int, imageHeight: Int, candidates: [Candidate]) {
    self.imageWidth = imageWidth
    self.imageHeight = imageHeight
    self.candidates = candidates
  }

  public var startIndex: Int { candidates.startIndex }
  public var endIndex: Int { candidates.endIndex }

  public subscript(position: Int) -> Candidate { candidates[position] }

  /// The best candidate of a granularity, or `nil` where there is none.
  public subscript(granularity: Granularity) -> Candidate? {
    candidates.first { $0.granularity == granularity }
  }

  /// The candidate with the best predicted quality, or `nil` where there is none.
  public var best: Candidate? { candidates.first }
}
