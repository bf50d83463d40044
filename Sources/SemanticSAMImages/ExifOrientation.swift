/// Finds the orientation in the EXIF block of a file. Anything unexpected means upright, as photo viewers have it.
enum ExifOrientation {
  /// The orientation that `bytes` of the given format ask for.
  static func find(in bytes: UnsafeRawBufferPointer, format: ImageFormat) -> ImageOrientation {
    let reader = ByteReader(bytes)
    let block =
      switch format {
      case .jpeg: blockInJPEG(reader)
      case .png: blockInPNG(reader)
      case .webp: blockInWebP(reader)
      }
    guard let block else { return .upright }
    return orientation(inTIFF: block)
  }

  /// The first APP1 segment that begins with "Exif", without that header.
  private static func blockInJPEG(_ file: ByteReader) -> ByteReader? {
    var offset = 2
    while let marker = file.byte(at: offset + 1), file.byte(at: offset) == 0xFF {
      switch marker {
      case 0xFF:
        offset += 1  // Markers may be padded with 0xFF.
      case 0x01, 0xD0...0xD8:
        offset += 2  // Markers without a segment.
      case 0xD9, 0xDA:
        return nil  // The pixels begin or the file ends.
      default:
        guard let length = file.integer16(at: offset + 2, bigEndian: true), length >= 2 else { return nil }
        if marker == 0xE1, let segment = file.part(at: offset + 4, count: length - 2), segment.begins(with: header) {
          return segment.dropping(header.count)
        }
        offset += 2 + length
      }
    }
    return nil
  }

  private static func blockInPNG(_ file: ByteReader) -> ByteReader? {
    var offset = 8
    while let length = file.integer32(at: offset, bigEndian: true), let kind = file.part(at: offset + 4, count: 4) {
      if kind.begins(with: Array("eXIf".utf8)) {
        return file.part(at: offset + 8, count: length)?.droppingIfPresent(header)
      }
      offset += 12 + length
    }
    return nil
  }

  private static func blockInWebP(_ file: ByteReader) -> ByteReader? {
    var offset = 12
    while let length = file.integer32(at: offset + 4, bigEndian: false), let kind = file.part(at: offset, count: 4) {
      if kind.begins(with: Array("EXIF".utf8)) {
        return file.part(at: offset + 8, count: length)?.droppingIfPresent(header)
      }
      offset += 8 + length + length % 2
    }
    return nil
  }

  /// Tag 0x0112 of the first directory (TIFF 6.0, section 2; Exif 2.32, section 4.6.4).
  private static func orientation(inTIFF block: ByteReader) -> ImageOrientation {
    let bigEndian = block.begins(with: Array("MM".utf8))
    guard bigEndian || block.begins(with: Array("II".utf8)),
      block.integer16(at: 2, bigEndian: bigEndian) == 42,
      let directory = block.integer32(at: 4, bigEndian: bigEndian),
      let count = block.integer16(at: directory, bigEndian: bigEndian)
    else { return .upright }
    for index in 0..<count {
      let entry = directory + 2 + 12 * index
      guard let tag = block.integer16(at: entry, bigEndian: bigEndian) else { break }
      if tag == 0x0112 {
        // A SHORT lies in the first two bytes of the value; some writers use a LONG.
        let isLong = block.integer16(at: entry + 2, bigEndian: bigEndian) == 4
        let value =
          isLong
          ? block.integer32(at: entry + 8, bigEndian: bigEndian)
          : block.integer16(at: entry + 8, bigEndian: bigEndian)
        return value.flatMap(ImageOrientation.init(rawValue:)) ?? .upright
      }
    }
    return .upright
  }

  private static let header = Array("Exif\0\0".utf8)
}
