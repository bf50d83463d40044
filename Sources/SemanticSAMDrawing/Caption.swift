import SemanticSAMCore

/// The words that go with a candidate.
package struct Caption {
  /// "dog", where the candidate has a name to show.
  package let name: String?
  /// " 74 %", to stand behind the name.
  package let probability: String
  /// "level 1".
  package let level: String
  /// "0.87".
  package let predictedIoU: String
  /// "0.95", where it is defined.
  package let stability: String?

  package init(_ candidate: Candidate) {
    name = candidate.displayName?.name
    probability = candidate.displayName.map { " " + Self.percent($0.probability) } ?? ""
    level = candidate.granularity.description
    predictedIoU = Self.twoPlaces(candidate.predictedIoU)
    stability = candidate.stability.map(Self.twoPlaces)
  }

  /// 0.8712 as "0.87".
  package static func twoPlaces(_ value: Float) -> String {
    guard value.isFinite, value.magnitude < 1e6 else { return "–" }
    let hundredths = Int((value * 100).rounded())
    let fraction = hundredths.magnitude % 100
    return "\(hundredths < 0 ? "-" : "")\(hundredths.magnitude / 100).\(fraction < 10 ? "0" : "")\(fraction)"
  }

  /// 0.7412 as "74 %", with a space that does not break.
  package static func percent(_ share: Float) -> String {
    guard share.isFinite, share.magnitude < 1e6 else { return "–\u{a0}%" }
    let percent = share * 100
    // A share that is not nothing must not read as nothing.
    return percent > 0 && percent < 0.5 ? "<1\u{a0}%" : "\(Int(percent.rounded()))\u{a0}%"
  }
}
