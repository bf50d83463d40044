import SemanticSAMCore

/// How an interactive evaluation asks: which objects, where it clicks, at what size it measures.
public struct ClickProtocol: Hashable, Sendable {
  /// Which annotated regions with a mask are objects. Crowds never are.
  public enum ObjectRule: Hashable, Sendable {
    case all
    /// Those whose annotated area is above a number of pixels. It can differ from the mask's; where a data set annotates
    /// none, as label maps do not, it is the mask's.
    case annotatedArea(above: Double)
    /// Those whose mask has at least so many pixels.
    case pixels(atLeast: Int)
  }

  public enum Variant: String, Hashable, Sendable, CaseIterable {
    /// Masks at the image's own size; a click at the centre of the pixel that lies deepest inside; a box prompt.
    case plain
    /// What the published evaluation of Semantic-SAM does (`interactive_evaluation.py` and
    /// `interactive_mask_dino.py`), where it does not depend on the network:
    /// - The image is shown with its short side at 800 pixels and its long side at 1333 at most; the truth is brought to
    ///   that size by the nearest pixel, and overlaps are measured there.
    /// - The click names the pixel's upper left corner, not its centre.
    /// - There is no box prompt.
    /// - `noc@t` is counted although there is one click only: 1 where it reaches t, else 20.
    ///
    /// Not repeated: truth is what the data set gives (the published numbers take COCO's panoptic segments, things and
    /// stuff); photographs are resized bicubic, not bilinear; clicks come from the exact distance transform, not from the
    /// soft one of kornia, which chooses another pixel; a click has the network's own size, not ±3 pixels; logits are
    /// drawn and computed in single precision, not upsampled to the padded input in half precision; segments that vanish
    /// at that size are left out, where the published mean becomes NaN.
    case reference
  }

  /// Which answer to a box counts.
  public enum BoxRanking: Hashable, Sendable {
    /// The one with the highest predicted quality.
    case predictedQuality
    /// The first one. Where a network never saw boxes in training, a box is answered by clicks inside it, whose masks are
    /// ranked by how they fit the box; the predicted quality is that of a mask of its click and knows nothing of the box.
    case order

    /// The one for a network's answers.
    public init(for configuration: Configuration) {
      self = configuration.decoder.boxesTrained ?? true ? .predictedQuality : .order
    }
  }

  public var variant: Variant
  public var objects: ObjectRule
  public var boxRanking: BoxRanking

  public init(_ variant: Variant, objects: ObjectRule, boxRanking: BoxRanking = .predictedQuality) {
    self.variant = variant
    self.objects = objects
    self.boxRanking = boxRanking
  }

  /// The plain protocol; objects are above an annotated area of 400 pixels.
  public static let plain = ClickProtocol(.plain, objects: .annotatedArea(above: 400))
  /// The published one, which takes every object.
  public static let reference = ClickProtocol(.reference, objects: .all)

  /// Whether the region is one of the objects.
  public func includes(_ region: Region) -> Bool {
    guard let mask = region.mask, !region.isCrowd, !mask.isEmpty else { return false }
    switch objects {
    case .all: return true
    case .annotatedArea(let area): return region.area > area
    case .pixels(let count): return mask.area >= count
    }
  }

  /// The size at which an image is shown and its answers are measured, in pixels.
  public func size(width: Int, height: Int) -> (width: Int, height: Int) {
    guard variant == .reference else { return (width, height) }
    // detectron2's ResizeShortestEdge, with its roundings.
    let (short, long) = (800.0, 1333.0)
    let scale = short / Double(min(width, height))
    var shownWidth = height < width ? scale * Double(width) : short
    var shownHeight = height < width ? short : scale * Double(height)
    let longest = max(shownWidth, shownHeight)
    if longest > long {
      shownWidth *= long / longest
      shownHeight *= long / longest
    }
    return (max(1, Int(shownWidth + 0.5)), max(1, Int(shownHeight + 0.5)))
  }

  /// The prompt of a click on a pixel.
  func prompt(at click: InteriorPoint) -> Prompt {
    switch variant {
    case .plain: .point(Double(click.x), Double(click.y))
    // A prompt's point names the centre of its pixel.
    case .reference: .point(max(Double(click.x) - 0.5, 0), max(Double(click.y) - 0.5, 0))
    }
  }
}
