import ArgumentParser
import SemanticSAMData

/// Which annotated regions are objects; the same for every evaluation that clicks on them.
struct ObjectOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Take objects whose annotated area is above this; where none is annotated, as in label maps, that of the mask.",
      valueName: "pixels"))
  var minimumArea: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Take objects whose mask has at least so many pixels, whatever area is annotated.", valueName: "pixels"))
  var minimumPixels: Int?

  func validate() throws {
    if let minimumArea, !(minimumArea >= 0 && minimumArea.isFinite) {
      throw ValidationError("--minimum-area \(minimumArea) is not an area; give a number of pixels, 0 or more.")
    }
    if let minimumPixels, minimumPixels < 0 {
      throw ValidationError("--minimum-pixels \(minimumPixels) is not an area; give a number of pixels, 0 or more.")
    }
    if minimumArea != nil, minimumPixels != nil {
      throw ValidationError("--minimum-area and --minimum-pixels exclude each other; give one of them.")
    }
  }

  /// - Parameter usual: what holds without options.
  func rule(orElse usual: ClickProtocol.ObjectRule) -> ClickProtocol.ObjectRule {
    minimumPixels.map { .pixels(atLeast: $0) } ?? minimumArea.map { .annotatedArea(above: $0) } ?? usual
  }
}
