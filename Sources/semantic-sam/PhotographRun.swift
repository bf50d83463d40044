import SemanticSAMCore
import SemanticSAMData
import SemanticSAMImages

/// Segments photographs one after the other into one destination, which may have some of them already.
struct PhotographRun {
  let photographs: [Photograph]
  let title: String
  let messages: Messages

  /// - Parameter segment: the masks of a photograph, calling its second argument with the share that is done.
  /// - Throws: at the end, where photographs could not be segmented; each of them is named on stderr before.
  func run(
    into destination: any MaskDestination,
    segment: (Image, @escaping ProgressHandler) throws(ModelError) -> [Candidate]
  ) throws {
    var destination = destination
    let rest = photographs.filter { !destination.contains($0) }
    if rest.count < photographs.count {
      messages.note("\(photographs.count - rest.count) of \(photographs.count) photographs are done.")
    }
    let progress = messages.progress(title)
    var failures = 0
    for (index, photograph) in rest.enumerated() {
      let masks: [Candidate]
      let size: (width: Int, height: Int)
      do throws(ModelError) {
        let image = try Image(contentsOf: photograph.path)
        size = (image.width, image.height)
        masks = try segment(image) { share in
          progress?.showBar((Double(index) + share) / Double(rest.count), "\(index + 1) of \(rest.count) photographs")
        }
      } catch {
        progress?.clear()
        // A photograph's error names its path, a prompt's does not.
        let isNamed = error.message.contains("'\(photograph.path)'")
        let sentence = isNamed ? error.message : "'\(photograph.path)': " + error.message
        guard photographs.count > 1 else { throw ModelError(error.code, sentence) }
        Messages.error(sentence)
        failures += 1
        continue
      }
      try destination.add(photograph, width: size.width, height: size.height, masks: masks)
    }
    progress?.clear()
    try destination.finish()
    if let place = destination.place, failures < rest.count { messages.note("Wrote \(place).") }
    try Output.write(try destination.report(photographs: rest.count - failures))
    guard failures == 0 else {
      throw ModelError(
        .unreadableFile,
        "\(failures) of \(rest.count) photographs are not segmented, for the reasons above; call again to try those only."
      )
    }
  }
}
