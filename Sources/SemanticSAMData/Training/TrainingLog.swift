import SemanticSAMCore

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The course of a training run: a file of JSON lines, one for each step that was reported and each evaluation.
public struct TrainingLog: Sendable {
  public struct Line: Codable, Hashable, Sendable {
    /// Steps done so far.
    public var step: Int
    /// Of training since the run began, pauses left out.
    public var seconds: Double
    /// What was minimised; absent in lines of evaluations.
    public var loss: Double?
    /// Its terms before they are weighted.
    public var terms: [String: Double]?
    /// Of all gradients together, before clipping.
    public var gradientNorm: Double?
    /// The optimiser's rate.
    public var rate: Double?
    /// Measured on the validation set.
    public var evaluation: [String: Double]?

    enum CodingKeys: String, CodingKey {
      case step, seconds, loss, terms, rate, evaluation
      case gradientNorm = "gradient_norm"
    }

    public init(
      step: Int, seconds: Double, loss: Double? = nil, terms: [String: Double]? = nil, gradientNorm: Double? = nil,
      rate: Double? = nil, evaluation: [String: Double]? = nil
    ) {
      self.step = step
      self.seconds = seconds
      self.loss = loss
      self.terms = terms
      self.gradientNorm = gradientNorm
      self.rate = rate
      self.evaluation = evaluation
    }
  }

  public let path: String
  public private(set) var lines: [Line]

  /// A log that goes on from what a file holds up to a step; a line that a killed program left unfinished is dropped, and so
  /// are those after that step. Without a file it begins.
  /// - Throws: `unreadableFile`; `malformedFile` naming the line that is not of a log.
  public init(continuing path: String, upTo step: Int = .max) throws(ModelError) {
    self.path = path
    lines = []
    guard Folder.exists(path) else { return }
    let pieces = try FileBytes.read(path, limit: 1 << 32).split(separator: UInt8(ascii: "\n"))
    for (index, piece) in pieces.enumerated() {
      guard let line = try? JSONDecoder().decode(Line.self, from: Data(piece)) else {
        guard index == pieces.count - 1 else {
          throw ModelError(
            .malformedFile, "Line \(index + 1) of '\(path)' is not one of a training log; remove it, or the file.")
        }
        break
      }
      lines.append(line)
    }
    lines.removeAll { $0.step > step }
  }

  public mutating func append(_ line: Line) {
    lines.append(line)
  }

  /// Writes the whole log, beside and renamed.
  public func write() throws(ModelError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var bytes: [UInt8] = []
    for line in lines {
      guard let data = try? encoder.encode(line) else {
        throw ModelError(.invalidArgument, "Step \(line.step) has a number that JSON has not; stop the run.")
      }
      bytes += data
      bytes.append(UInt8(ascii: "\n"))
    }
    try AtomicFile.write(bytes, to: path)
  }
}
