/// The directory of a zip file whose entries are stored as they are, such as `torch.save` writes (APPNOTE.TXT 6.3,
/// with its 64-bit extension).
///
/// All places are checked against the file and against each other before any is read; nothing is allocated that a header
/// merely claims.
struct ZipArchive: Sendable {
  /// Where an entry's bytes lie in the file, and their CRC-32.
  struct Entry: Sendable {
    let range: Range<Int>
    let checksum: UInt32
  }

  /// By the whole path in the archive.
  let entries: [String: Entry]

  /// Whether bytes begin as a zip file does.
  static func isBeginning(of bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.starts(with: [0x50, 0x4B, 0x03, 0x04])
  }

  /// Reads the directory at the end of `bytes`.
  /// - Parameter fault: makes the error of a phrase that says what is wrong.
  init(_ bytes: UnsafeRawBufferPointer, fault: (String) -> ModelError) throws(ModelError) {
    let fields = LittleEndianFields(bytes)
    let end = try Self.directory(fields, fault: fault)
    guard let directoryEnd = Self.sum(end.offset, end.size), directoryEnd <= end.limit else {
      throw fault("its directory lies outside the file")
    }
    var entries: [String: Entry] = [:]
    var places: [Range<Int>] = []
    var position = end.offset
    for _ in 0..<end.count {
      guard position + 46 <= directoryEnd, fields.u32(position) == Signature.directoryEntry,
        let method = fields.u16(position + 10), let flags = fields.u16(position + 8),
        let checksum = fields.u32(position + 16), let nameLength = fields.u16(position + 28),
        let extraLength = fields.u16(position + 30), let commentLength = fields.u16(position + 32),
        position + 46 + nameLength + extraLength + commentLength <= directoryEnd
      else { throw fault("its directory ends early") }
      let nameRange = position + 46..<position + 46 + nameLength
      let name = String(decoding: bytes[nameRange], as: UTF8.self)
      let quoted = ModelError.quoted(name)
      guard method == 0, flags & 1 == 0 else { throw fault("the entry \(quoted) is compressed or encrypted") }
      let extra = nameRange.upperBound..<nameRange.upperBound + extraLength
      guard let place = Self.place(fields, entry: position, extra: extra) else {
        throw fault("the entry \(quoted) has no size")
      }
      guard place.size == place.storedSize else { throw fault("the entry \(quoted) has two sizes") }
      guard let header = Self.headerEnd(fields, at: place.offset, name: bytes[nameRange]),
        let dataEnd = Self.sum(header, place.size), dataEnd <= end.offset
      else { throw fault("the entry \(quoted) lies outside the file or has another name there") }
      guard entries.updateValue(Entry(range: header..<dataEnd, checksum: checksum), forKey: name) == nil else {
        throw fault("the entry \(quoted) stands in it twice")
      }
      places.append(place.offset..<dataEnd)
      position += 46 + nameLength + extraLength + commentLength
    }
    guard position == directoryEnd else { throw fault("its directory has another length than it says") }
    places.sort { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }
    guard zip(places, places.dropFirst()).allSatisfy({ $0.upperBound <= $1.lowerBound }) else {
      throw fault("its entries overlap")
    }
    self.entries = entries
  }

  private enum Signature {
    static let localHeader: UInt32 = 0x0403_4B50
    static let directoryEntry: UInt32 = 0x0201_4B50
    static let end: UInt32 = 0x0605_4B50
    static let end64: UInt32 = 0x0606_4B50
    static let locator64: UInt32 = 0x0706_4B50
  }

  /// What the end of the file says of the directory; `limit` is where that end begins.
  private struct Directory {
    var count: Int
    var offset: Int
    var size: Int
    var limit: Int
  }

  private static func directory(
    _ fields: LittleEndianFields, fault: (String) -> ModelError
  ) throws(ModelError) -> Directory {
    // Only a comment of at most 65,535 bytes may follow the end record, and it has to end the file.
    let length = fields.bytes.count
    var position = length - 22
    let first = max(0, position - 0xFFFF)
    while position >= first {
      if fields.u32(position) == Signature.end, fields.u16(position + 20) == length - position - 22 { break }
      position -= 1
    }
    guard position >= first, let disk = fields.u16(position + 4), let count = fields.u16(position + 10),
      let size = fields.u32(position + 12), let offset = fields.u32(position + 16)
    else { throw fault("it is cut off: the directory at its end is missing") }
    guard fields.u32(position - 20) == Signature.locator64 else {
      guard disk == 0 else { throw fault("it is one of several parts") }
      return Directory(count: count, offset: Int(offset), size: Int(size), limit: position)
    }
    guard let end64 = fields.size(position - 12), end64 <= position - 20 - 56,
      fields.u32(end64) == Signature.end64, fields.u32(end64 + 16) == 0,
      let count = fields.size(end64 + 32), let size = fields.size(end64 + 40), let offset = fields.size(end64 + 48)
    else { throw fault("the 64-bit end of its directory is damaged") }
    return Directory(count: count, offset: offset, size: size, limit: end64)
  }

  private struct Place {
    var size: Int
    var storedSize: Int
    var offset: Int
  }

  /// Sizes and offset of a directory entry; those that do not fit 32 bits stand in its extra field 1.
  private static func place(_ fields: LittleEndianFields, entry: Int, extra: Range<Int>) -> Place? {
    guard let storedSize = fields.u32(entry + 20), let size = fields.u32(entry + 24),
      let offset = fields.u32(entry + 42)
    else { return nil }
    var place = Place(size: Int(size), storedSize: Int(storedSize), offset: Int(offset))
    guard [storedSize, size, offset].contains(.max) else { return place }
    var position = extra.lowerBound
    while position + 4 <= extra.upperBound, let kind = fields.u16(position), let length = fields.u16(position + 2) {
      let end = position + 4 + length
      guard end <= extra.upperBound else { return nil }
      guard kind == 1 else {
        position = end
        continue
      }
      position += 4
      func next() -> Int? {
        defer { position += 8 }
        return position + 8 <= end ? fields.size(position) : nil
      }
      if size == .max {
        guard let value = next() else { return nil }
        place.size = value
      }
      if storedSize == .max {
        guard let value = next() else { return nil }
        place.storedSize = value
      }
      if offset == .max {
        guard let value = next() else { return nil }
        place.offset = value
      }
      return place
    }
    return nil
  }

  /// Where the header before an entry's bytes ends; nil where none of that name lies there.
  private static func headerEnd(
    _ fields: LittleEndianFields, at offset: Int, name: Slice<UnsafeRawBufferPointer>
  ) -> Int? {
    guard offset <= fields.bytes.count - 30, fields.u32(offset) == Signature.localHeader,
      let nameLength = fields.u16(offset + 26), let extraLength = fields.u16(offset + 28), nameLength == name.count,
      offset + 30 + nameLength + extraLength <= fields.bytes.count,
      fields.bytes[offset + 30..<offset + 30 + nameLength].elementsEqual(name)
    else { return nil }
    return offset + 30 + nameLength + extraLength
  }

  private static func sum(_ a: Int, _ b: Int) -> Int? {
    let (sum, overflow) = a.addingReportingOverflow(b)
    return overflow ? nil : sum
  }
}
