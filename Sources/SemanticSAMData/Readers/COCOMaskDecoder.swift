import CAnnotationJSON
import SemanticSAMCore

/// Decodes the masks of single annotations of a file. Make one for each thread.
final class COCOMaskDecoder {
  private let file: AnnotationFile
  private let decoder: OpaquePointer
  private var buffer: [UInt8] = []

  /// - Throws: `outOfMemory`.
  init(of file: AnnotationFile) throws(ModelError) {
    guard let decoder = annotation_decoder_create() else {
      throw ModelError(.outOfMemory, "There is no memory to read '\(file.path)'; close other programs.")
    }
    self.file = file
    self.decoder = decoder
  }

  deinit { annotation_decoder_free(decoder) }

  /// What decoding found beside the mask.
  struct Findings: OptionSet {
    let rawValue: UInt8
    /// A polygon with an odd number of coordinates or fewer than three points, which is left out.
    static let degeneratePolygon = Findings(rawValue: 1)
    /// A polygon with a vertex over a pixel outside the image.
    static let polygonOutside = Findings(rawValue: 2)
    /// No mask, or one without a polygon that counts.
    static let missing = Findings(rawValue: 4)
  }

  /// The mask of the record at `offset`; nil where it has none, or no polygon of at least three points.
  ///
  /// Polygons are cut off at the image's border, as pycocotools does.
  /// - Parameters:
  ///   - width, height: the image's, in pixels.
  ///   - name: how messages call the record.
  /// - Throws: `malformedFile` where the mask cannot be decoded or its size is not the image's.
  func mask(
    offset: UInt64, length: UInt32, width: Int, height: Int, name: @autoclosure () -> String,
    findings: inout Findings
  ) throws(ModelError) -> Mask? {
    var mask = annotation_mask()
    var field: UnsafePointer<CChar>?
    let status = try withRecord(offset: offset, length: length) { bytes in
      Int(annotation_decoder_mask(decoder, bytes, Int(length), &mask, &field))
    }
    guard status == Int(ANNOTATION_OK.rawValue) else {
      throw file.error(
        status: status, place: "\(name()) (byte \(offset))", field: field.map { String(cString: $0) })
    }
    do throws(ModelError) {
      switch UInt32(mask.form) {
      case ANNOTATION_FORM_POLYGONS.rawValue:
        return try rasterised(mask, width: width, height: height, findings: &findings)
      case ANNOTATION_FORM_CODE.rawValue:
        return try decoded(mask, width: width, height: height)
      default:
        findings.insert(.missing)
        return nil
      }
    } catch {
      throw ModelError(
        error.code == .limitExceeded ? .limitExceeded : .malformedFile,
        "The mask of \(name()) in '\(file.path)' (byte \(offset)) cannot be used: \(error.message)")
    }
  }

  /// A list of whole numbers of a record; empty where it has no such field.
  func numbers(
    _ field: String, offset: UInt64, length: UInt32, name: @autoclosure () -> String
  ) throws(ModelError) -> [Int] {
    var numbers: UnsafePointer<Int64>?
    var count = 0
    let status = try withRecord(offset: offset, length: length) { bytes in
      Int(annotation_decoder_numbers(decoder, bytes, Int(length), field, &numbers, &count))
    }
    guard status == Int(ANNOTATION_OK.rawValue) else {
      throw file.error(status: status, place: "\(name()) (byte \(offset))", field: field)
    }
    return UnsafeBufferPointer(start: numbers, count: count).map(Int.init)
  }

  private func withRecord(
    offset: UInt64, length: UInt32, _ body: (UnsafePointer<CChar>) -> Int
  ) throws(ModelError) -> Int {
    let needed = Int(length) + Int(ANNOTATION_PADDING)
    if buffer.count < needed { buffer = [UInt8](repeating: 0, count: needed + needed / 2) }
    let file = file
    return try buffer.withUnsafeMutableBytes { bytes in
      Result { () throws(ModelError) in
        let part = UnsafeMutableRawBufferPointer(rebasing: bytes[..<needed])
        try file.read(into: part, offset: offset, length: Int(length))
        guard let start = part.baseAddress else { return Int(ANNOTATION_SYNTAX.rawValue) }
        return body(UnsafePointer(start.assumingMemoryBound(to: CChar.self)))
      }
    }.get()
  }

  private func rasterised(
    _ mask: annotation_mask, width: Int, height: Int, findings: inout Findings
  ) throws(ModelError) -> Mask? {
    var polygons: [[Double]] = []
    polygons.reserveCapacity(mask.polygon_count)
    let ends = UnsafeBufferPointer(start: mask.polygon_ends, count: mask.polygon_count)
    let coordinates = UnsafeBufferPointer(start: mask.coordinates, count: ends.last ?? 0)
    var start = 0
    var columns = 0
    for end in ends {
      let polygon = Array(coordinates[start..<end])
      start = end
      // detectron2 leaves the same ones out.
      guard polygon.count >= 6, polygon.count.isMultiple(of: 2) else {
        findings.insert(.degeneratePolygon)
        continue
      }
      for index in polygon.indices {
        let limit = Double(index.isMultiple(of: 2) ? width : height) + 1
        if polygon[index] < -1 || polygon[index] > limit { findings.insert(.polygonOutside) }
      }
      columns += Self.columns(of: polygon, width: width)
      guard columns <= Self.mostColumns else {
        throw ModelError(
          .limitExceeded,
          "its polygons run over more than \(Self.mostColumns) columns of pixels; get an intact copy.")
      }
      polygons.append(polygon)
    }
    guard !polygons.isEmpty else {
      findings.insert(.missing)
      return nil
    }
    return try Mask(polygons: polygons, width: width, height: height)
  }

  /// How many columns all edges of a mask may cross, so that a short file cannot ask for endless work: those of an outline
  /// that runs a thousand times over a large photograph.
  private static let mostColumns = 1 << 25

  /// The columns that the edges of a polygon cross, each edge for itself.
  private static func columns(of polygon: [Double], width: Int) -> Int {
    let xs = stride(from: 0, to: polygon.count, by: 2).map { min(max(polygon[$0], -1), Double(width) + 1) }
    var sum = 0.0
    for index in xs.indices { sum += abs(xs[index] - xs[index == 0 ? xs.count - 1 : index - 1]) + 1 }
    return Int(sum)
  }

  private func decoded(_ mask: annotation_mask, width: Int, height: Int) throws(ModelError) -> Mask {
    // A code without a size is taken for the image's.
    let (codeHeight, codeWidth) = (
      mask.height < 0 ? height : Int(mask.height), mask.width < 0 ? width : Int(mask.width)
    )
    guard codeHeight == height, codeWidth == width else {
      throw ModelError(
        .malformedFile,
        "it has \(codeWidth) x \(codeHeight) pixels and the image \(width) x \(height); get an intact copy.")
    }
    if mask.code.start != nil {
      return Mask(try RunLengths(height: height, width: width, compressed: String(mask.code)))
    }
    return Mask(
      try RunLengths(
        height: height, width: width, counts: UnsafeBufferPointer(start: mask.runs, count: mask.run_count)))
  }
}
