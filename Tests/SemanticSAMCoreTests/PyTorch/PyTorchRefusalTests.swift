import Testing

@testable import SemanticSAMCore

/// Checkpoints that are damaged, hostile, or of another network.
struct PyTorchRefusalTests {
  private func open(_ bytes: [UInt8]) throws -> Checkpoint {
    try ModelSource.bytes(bytes, name: "test").open()
  }

  private var small: PyTorchFile {
    var file = PyTorchFile()
    file.add("model.a", [1, 2, 3], shape: [3])
    return file
  }

  // MARK: - Networks

  @Test func fileWithoutNetworkHasToBeToldIt() {
    expectRefusal(.invalidConfiguration, containing: "name one (tiny, swinT, swinL, openseedSwinT") {
      try SemanticSAM.load(.bytes(small.zip(), name: "test"))
    }
  }

  @Test func checkpointOfAnotherSizeIsRefused() throws {
    let bytes = try PyTorchFile.network(.tiny).zip()
    for configuration in [Configuration.swinT, .swinL] {
      expectRefusal(.mismatchedParameters, containing: "does not fit the network '\(configuration.model)'") {
        try SemanticSAM.load(.bytes(bytes, name: "test"), configuration: configuration)
      }
    }
    var wider = Configuration.tiny
    wider.decoder.feedForwardSize = 128
    let message = expectRefusal(.mismatchedParameters) {
      try SemanticSAM.load(.bytes(bytes, name: "test"), configuration: wider)
    }
    #expect(message.contains("model.sem_seg_head.predictor.decoder.layers.0.linear1.weight' is [96, 64]"), "\(message)")
  }

  @Test func missingSurplusAndMisshapenKeysAreNamedTogether() throws {
    var file = try PyTorchFile.network(.tiny)
    let shape = file.views[0].shape
    file.views[0].name = "model.surplus"
    file.views[1].shape.insert(1, at: 0)
    file.views[1].strides.insert(1, at: 0)
    let message = expectRefusal(.mismatchedParameters) {
      try SemanticSAM.load(.bytes(file.zip(), name: "test"), configuration: .tiny)
    }
    #expect(shape == [8, 3, 4, 4])
    #expect(message.contains("1 missing: 'model.backbone.patch_embed.proj.weight'"), "\(message)")
    #expect(message.contains("'model.backbone.patch_embed.proj.bias' is [1, 8] instead of [8]"), "\(message)")
    #expect(message.contains("1 not of it: 'model.surplus'"), "\(message)")
  }

  @Test func secondNamesHaveToHoldTheSameNumbers() throws {
    var file = try PyTorchFile.network(.tiny)
    let index = try #require(file.views.firstIndex { $0.name.hasSuffix("decoder.norm.bias") })
    file.storages.append(file.storages[file.views[index].storage])
    file.storages[file.storages.count - 1].key = "copy"
    file.views[index].storage = file.storages.count - 1
    _ = try open(file.zip())
    file.storages[file.storages.count - 1].bytes[5] ^= 1
    for bytes in [file.zip(), file.legacy()] {
      let message = expectRefusal(.mismatchedParameters, containing: ".predictor.decoder.norm.bias'") {
        try open(bytes)
      }
      #expect(message.contains("'model.sem_seg_head.predictor.decoder_norm.bias'"), "\(message)")
    }
  }

  // MARK: - Pickles

  @Test(arguments: [("os", "system"), ("builtins", "eval"), ("torch", "load"), ("torch._utils", "_rebuild_qtensor")])
  func anyOtherGlobalIsRefusedByItsName(_ module: String, _ name: String) {
    var file = small
    file.rebuild = (module, name)
    for bytes in [file.zip(), file.legacy()] {
      expectRefusal(.unsupported, containing: "asks Python for '\(module).\(name)'") { try open(bytes) }
    }
  }

  @Test func globalsOfNewerProtocolsAreRefusedToo() {
    var writer = PickleWriter()
    writer.raw([0x8C, 2] + Array("os".utf8) + [0x8C, 6] + Array("system".utf8) + [0x93])
    let pickle = writer.stop()
    expectRefusal(.unsupported, containing: "'os.system'") { try open(small.zip(pickle: pickle)) }
  }

  /// Values within values, a list in itself, and pickles that use what they have not.
  @Test func nestedCircularAndBrokenPicklesAreRefused() {
    let nested = Array((String(repeating: "]", count: 200_000) + String(repeating: "a", count: 199_999)).utf8)
    let circular = Array("]q\0h\0a".utf8)
    let marks = [UInt8](repeating: UInt8(ascii: "("), count: 100_000)
    var broken: [[UInt8]] = [nested, circular, marks, [], Array("a".utf8), Array("}(Nu".utf8), Array("h\u{7}".utf8)]
    broken += ["t", "R", "Q", "b", "0", "s", "]Na}b", "(0", "NNR", "(NtQ", "X"].map { Array($0.utf8) }
    broken += [
      [0x8D] + [UInt8](repeating: 0xFF, count: 8), [0x58, 0xFF, 0xFF, 0xFF, 0x7F], [0x8A, 200], [0x93], [0x85],
    ]
    for instructions in broken {
      var writer = PickleWriter()
      writer.raw(instructions)
      let pickle = writer.stop()
      expectRefusal(.malformedFile) { try open(small.zip(pickle: pickle)) }
      expectRefusal(.malformedFile) { try open(small.legacy(pickle: pickle)) }
    }
    var writer = PickleWriter()
    writer.opcode("P")
    let pickle = writer.stop()
    expectRefusal(.unsupported, containing: "the instruction 80") { try open(small.zip(pickle: pickle)) }
  }

  /// What a view claims is checked against its storage, so that nothing is allocated for it.
  @Test func viewsOutsideTheirStorageAreRefused() {
    let far = Int.max / 2
    let views: [(offset: Int, shape: [Int], strides: [Int])] = [
      (1, [3], [1]), (0, [4], [1]), (0, [2], [3]), (-1, [1], [1]), (0, [-1], [1]), (0, [3], [-1]), (4, [0], [1]),
      (0, [1 << 40], [0]), (0, [far, 4], [0, 0]), (0, [2, 2], [far, far]), (far, [3], [far]),
    ]
    for view in views {
      var file = small
      file.views[0].offset = view.offset
      file.views[0].shape = view.shape
      file.views[0].strides = view.strides
      expectRefusal(.malformedFile, containing: "'model.a' of shape") { try open(file.zip()) }
      expectRefusal(.malformedFile, containing: "'model.a' of shape") { try open(file.legacy()) }
    }
  }

  @Test func storagesOfAnotherSizeAreRefused() {
    for count in [2, 4, Int.max, 1 << 61] {
      var file = small
      file.storages[0].count = count
      file.views[0].shape = [1]
      expectRefusal(.malformedFile) { try open(file.zip()) }
      expectRefusal(.malformedFile) { try open(file.legacy()) }
    }
  }

  @Test func namesGivenTwiceAndOtherValuesAreRefused() {
    var file = small
    file.views.append(file.views[0])
    expectRefusal(.malformedFile, containing: "names 'model.a' twice") { try open(file.zip()) }
    var writer = PickleWriter()
    writer.opcode("}")
    writer.text("model.a")
    writer.opcode("N")
    writer.opcode("s")
    let pickle = writer.stop()
    expectRefusal(.malformedFile, containing: "its 'model.a' is no tensor") { try open(small.zip(pickle: pickle)) }
  }

  // MARK: - Containers

  @Test func everyTruncationIsRefused() throws {
    var file = small
    file.isWrapped = true
    let bytes = file.zip()
    for count in 4..<bytes.count {
      expectRefusal(.malformedFile, containing: "cut off") { try open(Array(bytes[..<count])) }
    }
    let legacy = file.legacy()
    for count in 15..<legacy.count {
      expectRefusal(.malformedFile) { try open(Array(legacy[..<count])) }
    }
    expectRefusal(.malformedFile, containing: "it is cut off in the storage '0', of which it has 11 of 12 bytes") {
      try open(legacy.dropLast())
    }
    expectRefusal(.malformedFile, containing: "it has 1 bytes after its last storage") { try open(legacy + [0]) }
    expectRefusal(.malformedFile) { try open(bytes + [0]) }
  }

  @Test func damagedNumbersFailTheirChecksum() throws {
    var damaged = small.zip()
    let numbers = small.storages[0].bytes
    let place = try #require(damaged.indices.first { damaged[$0...].starts(with: numbers) })
    damaged[place] ^= 1
    expectRefusal(.malformedFile, containing: "the checksum of 'archive/data/0' is wrong") { try open(damaged) }
  }

  @Test func overlappingDoubleAndForeignEntriesAreRefused() throws {
    let pickle = small.pickle(isLegacy: false)
    let numbers = small.storages[0].bytes
    expectRefusal(.malformedFile, containing: "twice") {
      try open(PyTorchFile.zip([("a/data.pkl", pickle), ("a/data/0", numbers), ("a/data/0", numbers)]))
    }
    expectRefusal(.malformedFile, containing: "are 2 entries 'data.pkl'") {
      try open(PyTorchFile.zip([("a/data.pkl", pickle), ("b/data.pkl", pickle)]))
    }
    expectRefusal(.malformedFile, containing: "are 0 entries 'data.pkl'") {
      try open(PyTorchFile.zip([("a/data/0", numbers)]))
    }
    expectRefusal(.malformedFile, containing: "the numbers of 'model.a' are missing") {
      try open(PyTorchFile.zip([("a/data.pkl", pickle), ("a/data/1", numbers)]))
    }
    expectRefusal(.unsupported, containing: "big-endian") {
      try open(PyTorchFile.zip([("a/data.pkl", pickle), ("a/data/0", numbers), ("a/byteorder", Array("big".utf8))]))
    }
    // An entry's directory record with the size raised by one reaches into the next.
    var overlapping = PyTorchFile.zip([("a/data/0", Array(repeating: 0, count: 40)), ("a/data/1", numbers)])
    let record = try #require(
      overlapping.indices.first { overlapping[$0...].starts(with: [0x50, 0x4B, 1, 2] as [UInt8]) })
    overlapping[record + 20] = 41
    overlapping[record + 24] = 41
    expectRefusal(.malformedFile, containing: "overlap") { try open(overlapping) }
    overlapping[record + 24] = 40
    expectRefusal(.malformedFile, containing: "two sizes") { try open(overlapping) }
    overlapping[record + 10] = 8
    expectRefusal(.malformedFile, containing: "compressed") { try open(overlapping) }
  }
}
