/// Which pixels count as neighbours.
public enum Connectivity: Int, Hashable, Sendable, CaseIterable {
  /// Those that share an edge.
  case four = 4
  /// Those that share an edge or a corner.
  case eight = 8
}

/// Connected regions, found along the run lengths.
extension Mask {
  /// The connected regions of the mask, in the order of their first pixels, rows from the top.
  public func connectedRegions(_ connectivity: Connectivity = .eight) -> [Mask] {
    ConnectedRuns(self, connectivity).regions.map(\.mask)
  }

  /// The pixels outside of the mask.
  public var inverted: Mask {
    var builder = RunLengths.Builder()
    var isSet = true
    for run in runLengths.counts {
      builder.append(length: Int(run), isSet: isSet)
      isSet.toggle()
    }
    return Mask(RunLengths(uncheckedHeight: height, width: width, counts: builder.counts))
  }

  /// The mask with every 8-connected region of the outside that has less than `area` pixels filled: holes, and corners
  /// that the mask cuts off from the rest of the image (Semantic-SAM's automatic generator, `remove_small_regions`).
  public func removingHoles(smallerThan area: Int) -> Mask {
    let outside = ConnectedRuns(inverted, .eight)
    let large = outside.regions.filter { $0.area >= area }
    guard large.count < outside.regions.count else { return self }
    return outside.mask(of: large).inverted
  }

  /// The mask without its 8-connected regions of less than `area` pixels; where all are smaller, the largest one stays, of
  /// equal ones the first (Semantic-SAM's automatic generator, `remove_small_regions`).
  public func removingIslands(smallerThan area: Int) -> Mask {
    let islands = ConnectedRuns(self, .eight)
    let large = islands.regions.filter { $0.area >= area }
    guard large.count < islands.regions.count else { return self }
    if large.isEmpty {
      let largest = islands.regions.map(\.area).max()
      return islands.regions.first { $0.area == largest }?.mask ?? self
    }
    return islands.mask(of: large)
  }
}

/// The runs of a mask, cut at the ends of columns and put together into regions.
private struct ConnectedRuns {
  struct Region {
    /// Column-major pixel numbers, rising.
    var ranges: [Range<Int>] = []
    var area = 0
    /// The first pixel in rows from the top, as a row-major number.
    var first = Int.max
    var width: Int
    var height: Int

    var mask: Mask { ConnectedRuns.mask(ranges, width: width, height: height) }
  }

  /// In the order of their first pixels.
  private(set) var regions: [Region] = []
  private let width: Int
  private let height: Int

  init(_ mask: Mask, _ connectivity: Connectivity) {
    width = mask.width
    height = mask.height
    let pieces = Self.pieces(of: mask)
    var parents = Array(pieces.indices)
    func root(_ piece: Int) -> Int {
      var place = piece
      while parents[place] != place {
        parents[place] = parents[parents[place]]
        place = parents[place]
      }
      return place
    }
    // By how many rows two runs of neighbouring columns may miss each other.
    let reach = connectivity == .eight ? 1 : 0
    var earlier = 0
    for (index, piece) in pieces.enumerated() {
      let before = piece.lowerBound - height
      while earlier < index, pieces[earlier].upperBound + reach <= before { earlier += 1 }
      let column = piece.lowerBound / height
      var candidate = earlier
      while candidate < index, pieces[candidate].lowerBound < piece.upperBound - height + reach {
        // A run of the column before only: with `reach`, one of this column or of the one before it could seem to touch.
        if pieces[candidate].lowerBound / height == column - 1 {
          let (a, b) = (root(candidate), root(index))
          parents[max(a, b)] = min(a, b)
        }
        candidate += 1
      }
    }
    // A region's root is its first run.
    var places = [Int](repeating: 0, count: pieces.count)
    for (index, piece) in pieces.enumerated() {
      let root = root(index)
      if root == index {
        places[index] = regions.count
        regions.append(Region(width: width, height: height))
      }
      let place = places[root]
      let (column, row) = piece.lowerBound.quotientAndRemainder(dividingBy: height)
      regions[place].ranges.append(piece)
      regions[place].area += piece.count
      regions[place].first = min(regions[place].first, row * width + column)
    }
    regions.sort { $0.first < $1.first }
  }

  /// A mask of some of the regions.
  func mask(of regions: [Region]) -> Mask {
    Self.mask(regions.flatMap(\.ranges).sorted { $0.lowerBound < $1.lowerBound }, width: width, height: height)
  }

  private static func mask(_ ranges: [Range<Int>], width: Int, height: Int) -> Mask {
    var builder = RunLengths.Builder()
    var place = 0
    for range in ranges {
      builder.append(length: range.lowerBound - place, isSet: false)
      builder.append(length: range.count, isSet: true)
      place = range.upperBound
    }
    builder.append(length: width * height - place, isSet: false)
    return Mask(RunLengths(uncheckedHeight: height, width: width, counts: builder.counts))
  }

  /// The runs of ones, none of them longer than what is left of its column.
  private static func pieces(of mask: Mask) -> [Range<Int>] {
    let height = mask.height
    var pieces: [Range<Int>] = []
    for range in mask.runLengths.setRanges {
      var start = range.lowerBound
      while start < range.upperBound {
        let end = min(range.upperBound, (start / height + 1) * height)
        pieces.append(start..<end)
        start = end
      }
    }
    return pieces
  }
}
