import Foundation

/// The reference data beside a checkout, found by the environment variable SEMANTIC_SAM_SHARED.
enum SharedData {
  static let root = ProcessInfo.processInfo.environment["SEMANTIC_SAM_SHARED"]

  static var isPresent: Bool { root != nil }

  static func path(_ relative: String) -> String {
    "\(root ?? "")/\(relative)"
  }
}
