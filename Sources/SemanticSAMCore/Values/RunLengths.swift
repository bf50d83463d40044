import TensorKernels

/// A binary mask as COCO's run-length code: the pixels are read down each column, columns from left to right, and `counts`
/// holds the lengths of the runs, zeros and ones in turn.
///
/// The code is kept normalised, so that equal masks are equal values: only the first run, which counts zeros, may be 0.
/// See the COCO interface, `maskApi.c` (`rleEncode`, `rleToString`, `rleFrString`), whose results it repeats byte by byte.
public struct RunLengths: Hashable, Sendable {
  /// In pixels, at least 1.
  public let height: Int
  /// In pixels, at least 1. `height * width` is at most `UInt32.max`.
  public let width: Int
  /// Runs of zeros and ones in turn, zeros first; their sum is `height * width`.
  public let counts: [UInt32]

  /// A code from its runs; runs of length 0 are taken out.
  /// - Throws: `invalidArgument` where a size is not positive or the runs do not add up to `height * width`,
  ///   `limitExceeded` where the mask has more than `UInt32.max` pixels.
  public init(height: Int, width: Int, counts: some Sequence<UInt32>) throws(ModelError) {
    let pixels = try Self.checkedPixelCount(height: height, width: width)
    var builder = Builder()
    var sum = 0
    var isSet = false
    for run in counts {
      sum += Int(run)
      guard sum <= pixels else { throw Self.wrongSum(height: height, width: width) }
      builder.append(length: Int(run), isSet: isSet)
      isSet.toggle()
    }
    guard sum == pixels else { throw Self.wrongSum(height: height, width: width) }
    self.init(uncheckedHeight: height, width: width, counts: builder.counts)
  }

  /// A code whose runs are known to be normalised and to have the right sum.
  init(uncheckedHeight height: Int, width: Int, counts: [UInt32]) {
    self.height = height
    self.width = width
    self.counts = counts
  }

  /// The number of pixels of a mask of this size.
  static func checkedPixelCount(height: Int, width: Int) throws(ModelError) -> Int {
    guard height > 0, width > 0 else {
      throw ModelError(
        .invalidArgument, "A mask of \(width) x \(height) pixels has no pixels; width and height must be at least 1.")
    }
    let (pixels, overflow) = height.multipliedReportingOverflow(by: width)
    guard !overflow, pixels <= Int(UInt32.max) else {
      throw ModelError(
        .limitExceeded, "A mask of \(width) x \(height) pixels is too large; at most \(UInt32.max) pixels are allowed.")
    }
    return pixels
  }

  private static func wrongSum(height: Int, width: Int) -> ModelError {
    ModelError(
      .invalidArgument,
      "The run lengths of a mask of \(width) x \(height) pixels do not add up to \(width * height); give the size that "
        + "belongs to the code.")
  }
}

extension RunLengths {
  /// The runs of ones: the half-open ranges of column-major pixel numbers (`x * height + y`), rising and not touching.
  var setRanges: some Sequence<Range<Int>> {
    sequence(state: (next: 1, start: Int(counts.first ?? 0))) { [counts] state -> Range<Int>? in
      guard state.next < counts.count else { return nil }
      let end = state.start + Int(counts[state.next])
      let range = state.start..<end
      state.start = end + (state.next + 1 < counts.count ? Int(counts[state.next + 1]) : 0)
      state.next += 2
      return range
    }
  }

  /// The number of pixels that are set in both codes, which must have one size.
  func commonArea(_ other: RunLengths) -> Int {
    counts.withUnsafeBufferPointer { here in
      other.counts.withUnsafeBufferPointer { there in
        guard let a = here.baseAddress, let b = there.baseAddress else { return 0 }
        return Int(tk_runs_common_area(a, here.count, b, there.count))
      }
    }
  }

  /// Puts runs together so that the result is normalised whatever their order and length.
  struct Builder {
    private(set) var counts: [UInt32] = []

    /// Adds `length` pixels that are set or not. All of them together must not exceed `UInt32.max`.
    mutating func append(length: Int, isSet: Bool) {
      guard length > 0 else { return }
      if counts.isEmpty && isSet { counts.append(0) }
      // An odd number of runs ends in zeros.
      let endsInSet = counts.count.isMultiple(of: 2)
      if !counts.isEmpty && endsInSet == isSet {
        counts[counts.count - 1] += UInt32(length)
      } else {
        counts.append(UInt32(length))
      }
    }
  }
}

// MARK: - COCO's compressed string

extension RunLengths {
  /// The code as COCO's `counts` string: numbers in groups of 5 bits, lowest first, one character from `0` to `o` each; from
  /// the fourth run on the difference to the run before the last.
  public var compressed: String {
    var characters: [UInt8] = []
    characters.reserveCapacity(counts.count * 2)
    for index in counts.indices {
      var rest = Int64(counts[index])
      if index > 2 { rest -= Int64(counts[index - 2]) }
      var hasMore = true
      while hasMore {
        var group = UInt8(truncatingIfNeeded: rest & 0x1f)
        rest >>= 5
        // Bit 4 of the last group is the sign.
        hasMore = group & 0x10 == 0 ? rest != 0 : rest != -1
        if hasMore { group |= 0x20 }
        characters.append(group + 48)
      }
    }
    return String(decoding: characters, as: UTF8.self)
  }

  /// The code of COCO's `counts` string.
  ///
  /// Any string is safe: memory grows with the length of the string, never with a number that stands in it.
  /// - Throws: `invalidArgument` where the string holds a character outside `0`...`o`, ends inside a number, holds a number
  ///   of more than 60 bits or a negative run, or does not add up to `height * width`; `limitExceeded` where the mask has
  ///   more than `UInt32.max` pixels.
  public init(height: Int, width: Int, compressed: String) throws(ModelError) {
    let pixels = try Self.checkedPixelCount(height: height, width: width)
    var builder = Builder()
    var sum = 0
    // The lengths of the run before the last, and of the last.
    var previous: (Int, Int) = (0, 0)
    var index = 0
    var value = 0
    var shift = 0
    for character in compressed.utf8 {
      guard character >= 48, character < 112 else {
        throw Self.malformed("holds the byte \(character) at run \(index)")
      }
      let group = Int(character - 48)
      guard shift < 60 else { throw Self.malformed("holds a number of more than 60 bits at run \(index)") }
      value |= (group & 0x1f) << shift
      shift += 5
      if group & 0x20 != 0 { continue }
      if group & 0x10 != 0 { value |= -1 << shift }
      let run = index > 2 ? value + previous.0 : value
      guard run >= 0 else { throw Self.malformed("holds the negative run \(index)") }
      guard run <= pixels - sum else { throw Self.wrongSum(height: height, width: width) }
      sum += run
      builder.append(length: run, isSet: !index.isMultiple(of: 2))
      previous = (previous.1, run)
      index += 1
      value = 0
      shift = 0
    }
    guard shift == 0 else { throw Self.malformed("ends inside run \(index)") }
    guard sum == pixels else { throw Self.wrongSum(height: height, width: width) }
    self.init(uncheckedHeight: height, width: width, counts: builder.counts)
  }

  private static func malformed(_ what: String) -> ModelError {
    ModelError(.invalidArgument, "A compressed run-length code \(what); give the `counts` string of a COCO mask.")
  }
}
