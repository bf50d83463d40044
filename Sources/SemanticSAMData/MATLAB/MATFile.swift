import SemanticSAMCore

/// The variables of a MATLAB file of version 5, 6 or 7, as `save` has written them since 1996.
///
/// The format: MathWorks, "MAT-File Format", chapter 1. A reader of its own because the usual library, matio, takes the
/// memory that a header claims and brings HDF5 with it, and annotations need structures, cells, numbers and text alone.
/// Version 7.3, which is HDF5, is not read.
struct MATFile: Sendable {
  /// In the order of the file.
  let variables: [(name: String, value: MATValue)]

  /// The largest file and the most that it may decompress to, in bytes.
  static let defaultLimit = 1 << 29

  /// - Throws: `unreadableFile`, `malformedFile` naming the variable, `unsupported` for version 7.3, `limitExceeded`.
  init(contentsOf path: String, limit: Int = defaultLimit) throws(ModelError) {
    try self.init(FileBytes.read(path, limit: limit), name: "The MATLAB file '\(path)'", limit: limit)
  }

  /// - Parameter name: the beginning of a sentence about the file.
  init(_ bytes: [UInt8], name: String, limit: Int = defaultLimit) throws(ModelError) {
    guard bytes.count >= 128 else {
      throw ModelError(
        bytes.isEmpty ? .unreadableFile : .malformedFile,
        "\(name) has \(bytes.count) bytes, fewer than a header; get a complete copy.")
    }
    let isBigEndian = bytes[126] == UInt8(ascii: "M") && bytes[127] == UInt8(ascii: "I")
    guard isBigEndian || bytes[126] == UInt8(ascii: "I") && bytes[127] == UInt8(ascii: "M") else {
      throw ModelError(.malformedFile, "\(name) is not a MATLAB file of version 5 to 7; save it with -v7.")
    }
    let version = isBigEndian ? bytes[124] : bytes[125]
    guard version == 1 else {
      throw ModelError(.unsupported, "\(name) is a MATLAB file of version 7.3; save it with -v7.")
    }
    var parser = MATParser(isBigEndian: isBigEndian, name: name, limit: limit)
    var variables: [(name: String, value: MATValue)] = []
    var rest = bytes[128...]
    while !rest.isEmpty {
      if let variable = try parser.variable(&rest) { variables.append(variable) }
    }
    self.variables = variables
  }

  /// The variable `name`, or `nil`.
  subscript(name: String) -> MATValue? {
    variables.first { $0.name == name }?.value
  }
}
