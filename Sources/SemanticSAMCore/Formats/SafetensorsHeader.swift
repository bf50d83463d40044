#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The JSON header of a safetensors file: tensors by name, and the table `__metadata__`.
struct SafetensorsHeader: Decodable {
  /// What the header says of a tensor.
  struct Field: Codable {
    var type: String
    var shape: [Int]
    var offsets: [Int]

    enum CodingKeys: String, CodingKey {
      case type = "dtype"
      case shape
      case offsets = "data_offsets"
    }
  }

  static let metadataName = "__metadata__"

  private(set) var tensors: [String: Field] = [:]
  private(set) var metadata: [String: String]?

  private struct Name: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Name.self)
    for name in container.allKeys {
      if name.stringValue == Self.metadataName {
        metadata = try container.decode([String: String].self, forKey: name)
      } else {
        tensors[name.stringValue] = try container.decode(Field.self, forKey: name)
      }
    }
  }

  /// The first bytes of a file, up to the tensors: the header's length and the header. The same tensors give the same bytes.
  /// - Throws: `invalidArgument` for names that JSON has no form for.
  static func encoded(_ fields: [String: Field], metadata: [String: String]) throws(ModelError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let tensors = try? encoder.encode(fields), let table = try? encoder.encode(metadata) else {
      throw ModelError(.invalidArgument, "The names or metadata of the tensors cannot be written as JSON.")
    }
    // Sorted keys, but the metadata first, as other writers have it.
    var header = Array("{".utf8)
    if !metadata.isEmpty {
      header += Array("\"\(metadataName)\":".utf8) + table
      if !fields.isEmpty { header += Array(",".utf8) }
    }
    header += tensors.dropFirst()
    // Blanks keep the numbers aligned for readers that map the file.
    while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
    return withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header
  }

  /// Whether no tensor and no entry of the metadata is named twice in the JSON, which the format forbids: which of the two
  /// counts would be a reader's whim, and the decoder keeps only one of them.
  /// - Parameter json: the valid JSON that this was decoded from.
  func namesEachOnce(in json: Slice<UnsafeRawBufferPointer>) -> Bool {
    var (depth, fields, metadataEntries) = (0, 0, 0)
    var isMetadata = false
    var (isInString, isEscaped) = (false, false)
    var stringStart = json.startIndex
    var string = json.startIndex..<json.startIndex
    for index in json.indices {
      let byte = json[index]
      guard !isInString else {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isInString = false
          string = stringStart..<index
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""):
        isInString = true
        stringStart = index + 1
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      case UInt8(ascii: ":") where depth == 1:
        fields += 1
        isMetadata = json[string].elementsEqual(Self.metadataName.utf8)
      case UInt8(ascii: ":") where depth == 2 && isMetadata: metadataEntries += 1
      default: break
      }
    }
    return fields == tensors.count + (metadata == nil ? 0 : 1) && metadataEntries == metadata?.count ?? 0
  }
}
