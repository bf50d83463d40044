/// Masks in another picture: mirrored, scaled, cut out. All of it runs along the run lengths; no bitmap is made.
extension Mask {
  /// The mask mirrored left to right.
  public func flippedHorizontally() -> Mask {
    rearranged(width: width, height: height, sourceColumn: { width - 1 - $0 }, rows: { $0 })
  }

  /// The mask in another size by nearest neighbour: a pixel takes what lies at its centre.
  ///
  /// Pixel x of the result takes column `floor((2 x + 1) w / (2 w'))`, computed in whole numbers; rows alike. This is
  /// Pillow's `NEAREST` up to the latter's rounding.
  /// - Throws: `invalidArgument` where a size is not positive, `limitExceeded` above `UInt32.max` pixels.
  public func resized(width newWidth: Int, height newHeight: Int) throws(ModelError) -> Mask {
    _ = try RunLengths.checkedPixelCount(height: newHeight, width: newWidth)
    guard newWidth != width || newHeight != height else { return self }
    let (oldWidth, oldHeight) = (width, height)
    /// The first row of the result whose centre lies at or below the upper edge of a row.
    func firstRow(_ row: Int) -> Int {
      let numerator = 2 * newHeight * row - oldHeight
      return numerator <= 0 ? 0 : (numerator + 2 * oldHeight - 1) / (2 * oldHeight)
    }
    return rearranged(
      width: newWidth, height: newHeight, sourceColumn: { (2 * $0 + 1) * oldWidth / (2 * newWidth) },
      rows: { firstRow($0.lowerBound)..<firstRow($0.upperBound) })
  }

  /// A rectangle of the mask; it may reach outside, where nothing is set.
  /// - Parameters:
  ///   - x: the column of the mask that becomes column 0.
  ///   - y: the row of the mask that becomes row 0.
  /// - Throws: `invalidArgument` where a size is not positive, `limitExceeded` above `UInt32.max` pixels or where the
  ///   corner is further than that from the mask.
  public func cropped(x: Int, y: Int, width newWidth: Int, height newHeight: Int) throws(ModelError) -> Mask {
    _ = try RunLengths.checkedPixelCount(height: newHeight, width: newWidth)
    guard x.magnitude <= UInt32.max, y.magnitude <= UInt32.max else {
      throw ModelError(
        .limitExceeded, "A mask cannot be cut out at (\(x), \(y)), which is too far away; give a corner near the mask.")
    }
    return rearranged(
      width: newWidth, height: newHeight, sourceColumn: { $0 + x },
      rows: { range in
        let start = min(max(range.lowerBound - y, 0), newHeight)
        return start..<max(start, min(range.upperBound - y, newHeight))
      })
  }

  /// A mask whose columns are columns of this one.
  /// - Parameters:
  ///   - sourceColumn: the column of this mask that a column of the result takes; none is set where it lies outside.
  ///   - rows: where a run of rows comes to lie, within the result; rising with its argument.
  private func rearranged(
    width newWidth: Int, height newHeight: Int, sourceColumn: (Int) -> Int, rows: (Range<Int>) -> Range<Int>
  ) -> Mask {
    let (pieces, starts) = columnPieces
    var builder = RunLengths.Builder()
    for x in 0..<newWidth {
      let column = sourceColumn(x)
      var position = 0
      if column >= 0, column < width {
        for piece in pieces[starts[column]..<starts[column + 1]] {
          let range = rows(piece)
          builder.append(length: range.lowerBound - position, isSet: false)
          builder.append(length: range.count, isSet: true)
          position = range.upperBound
        }
      }
      builder.append(length: newHeight - position, isSet: false)
    }
    return Mask(RunLengths(uncheckedHeight: newHeight, width: newWidth, counts: builder.counts))
  }

  /// The runs of set rows of each column, and where those of a column begin; the last entry is their number.
  private var columnPieces: (pieces: [Range<Int>], starts: [Int]) {
    var pieces: [Range<Int>] = []
    var starts: [Int] = []
    starts.reserveCapacity(width + 1)
    for range in runLengths.setRanges {
      var position = range.lowerBound
      while position < range.upperBound {
        let (column, row) = position.quotientAndRemainder(dividingBy: height)
        while starts.count <= column { starts.append(pieces.count) }
        let end = min(range.upperBound, (column + 1) * height)
        pieces.append(row..<(row + end - position))
        position = end
      }
    }
    while starts.count <= width { starts.append(pieces.count) }
    return (pieces, starts)
  }
}
