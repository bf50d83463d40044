import SemanticSAMCore

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The JSON of a photograph of ADE20K's full release.
struct ADE20KRecord {
  let size: (width: Int, height: Int)
  let objects: [Object]

  struct Object {
    var id: Int64
    var name: String
    /// The code in the PNG files.
    var code: UInt32
    /// 0 for objects, 1 for parts, 2 for parts of parts.
    var level: Int
    /// The id of the object that this one is a part of.
    var whole: Int64?
    /// Its own PNG, beside the JSON: 0 outside, 255 visible, 128 hidden by others.
    var mask: String
  }

  /// - Throws: `unreadableFile`; `malformedFile` with the place of what is missing or has the wrong type, or the object.
  init(contentsOf path: String) throws(ModelError) {
    let bytes = try FileBytes.read(path, limit: 1 << 28)
    func malformed(_ what: String) -> ModelError {
      ModelError(.malformedFile, "The annotation file '\(path)' cannot be used: \(what); get another copy.")
    }
    // Some files are in Latin-1, which has one byte a character.
    let text =
      String(validating: bytes, as: UTF8.self)
      ?? String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    let file: File
    do {
      file = try JSONDecoder().decode(File.self, from: Data(text.utf8))
    } catch let error as DecodingError {
      throw malformed(error.reason)
    } catch {
      throw malformed("it is not JSON")
    }
    let annotation = file.annotation
    guard annotation.imsize.count >= 2, annotation.imsize[0] > 0, annotation.imsize[1] > 0 else {
      throw malformed("'annotation.imsize' is not height and width")
    }
    size = (annotation.imsize[1], annotation.imsize[0])
    var ids: Set<Int64> = []
    for object in annotation.object.values {
      guard ids.insert(object.id).inserted else { throw malformed("object \(object.id) stands twice") }
    }
    objects = annotation.object.values.map { object in
      Object(
        id: object.id, name: object.name, code: object.code, level: object.parts?.level ?? 0,
        whole: object.parts?.wholes.values.first, mask: object.mask ?? "")
    }
  }

  private struct File: Decodable {
    var annotation: Annotation
  }

  private struct Annotation: Decodable {
    var imsize: [Int]
    var object: OneOrMany<ObjectRecord>
  }

  private struct ObjectRecord: Decodable {
    var id: Int64
    var name: String
    var code: UInt32
    var parts: Parts?
    var mask: String?

    enum CodingKeys: String, CodingKey {
      case id, name, parts
      case code = "name_ndx"
      case mask = "instance_mask"
    }
  }

  private struct Parts: Decodable {
    var wholes: OneOrMany<Int64>
    var level: Int

    enum CodingKeys: String, CodingKey {
      case wholes = "ispartof"
      case level = "part_level"
    }
  }

  /// MATLAB writes a list of one element as the element itself.
  private struct OneOrMany<Value: Decodable>: Decodable {
    var values: [Value]

    init(from decoder: any Decoder) throws {
      if let list = try? decoder.unkeyedContainer() {
        var list = list
        values = []
        while !list.isAtEnd { values.append(try list.decode(Value.self)) }
      } else {
        values = [try decoder.singleValueContainer().decode(Value.self)]
      }
    }
  }
}
