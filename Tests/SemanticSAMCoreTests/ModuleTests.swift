import SemanticSAMDefaultModel
import Testing

@testable import SemanticSAMCore

struct ModuleTests {
  private struct KeyCollector: ParameterVisitor {
    var path = ParameterPath()
    var shapes: [String: [Int]] = [:]
    mutating func visit(_ parameter: inout Tensor) { shapes[path.key] = parameter.shape }
    mutating func visit(_ weights: inout Weights) { shapes[path.key] = weights.values.shape }
  }

  private func network(packed: Bool) throws -> Network {
    let file = try ModelSource.embedded.open()
    var network = Network(try TestModels.configuration(), objectCount: 80, partCount: 69)
    var loader = ParameterLoader(file)
    try network.visit(&loader)
    try loader.finish(configuration: "default")
    if packed { try network.packWeights() }
    return network
  }

  @Test func pathsAndShapesAreThoseOfTheFile() throws {
    let file = try ModelSource.embedded.open()
    var network = Network(try TestModels.configuration(), objectCount: 80, partCount: 69)
    var collector = KeyCollector()
    try network.visit(&collector)
    #expect(collector.shapes == file.entries.mapValues(\.shape))
    #expect(network.parameterCount == file.entries.values.reduce(0) { $0 + $1.count })
    #expect(try TestModels.model().parameterCount == network.parameterCount)
  }

  @Test func prefixesStandBeforeThePath() {
    var path = ParameterPath(prefix: "model")
    #expect(path.key == "model")
    path.push("a.0")
    #expect(path.key == "model.a.0")
    path.pop()
    #expect(path.key == "model" && ParameterPath().key == "")
  }

  @Test func packingChangesNoResult() throws {
    let (packed, unpacked) = (try network(packed: true), try network(packed: false))
    let image = try Image(width: 97, height: 65, pixels: (0..<97 * 65 * 3).map { UInt8(truncatingIfNeeded: $0 * 13) })
    let rule = try TestModels.configuration().image
    let size = InputSize(width: 97, height: 65, divisibility: 32)
    try withSteadyInstructionSet {
      let pixels = image.normalized(rule, size: size)
      let results = try [packed, unpacked].map { network in
        let pyramid = try network.backbone(pixels) { () throws(ModelError) in }
        let features = try network.pixelDecoder(pyramid) { _ throws(ModelError) in }
        let queries = network.maskDecoder.prompts(
          clicks: [SIMD2(0.25, 0.5)], boxes: [SIMD4(0.5, 0.5, 0.25, 0.25)], size: size)
        let prediction = network.maskDecoder(queries, memory: network.maskDecoder.memory(of: features)).predictions
        return (pyramid + [features.maskFeatures] + prediction.map(\.masks)).map { $0.values.map(\.bitPattern) }
      }
      #expect(results[0] == results[1])
    }
  }

  @Test func newValuesAreNotHiddenByOldPanels() {
    var linear = Linear(inputs: 2, outputs: 1)
    linear.weight.values = Tensor([1, 2], shape: [1, 2])
    linear.weight.pack()
    let x = Tensor([10, 1], shape: [1, 2])
    #expect(linear(x).values == [12])
    linear.weight.values = Tensor([3, 4], shape: [1, 2])
    #expect(linear(x).values == [34])
    linear.weight.pack()
    linear.weight.values.withUnsafeMutableBufferPointer { $0[0] = 5 }
    #expect(linear(x).values == [54])
  }

  // MARK: Tensors are values

  @Test func aSecondOwnerSeesNoWrites() {
    var first = Tensor([1, 2, 3, 4, 5, 6], shape: [3, 2])
    let second = first
    var rows = first.rows(1..<3)
    let reshaped = first.reshaped(to: [6])
    first.withUnsafeMutableBufferPointer { $0[2] = 30 }
    #expect(first.values == [1, 2, 30, 4, 5, 6])
    #expect(second.values == [1, 2, 3, 4, 5, 6] && reshaped.values == second.values)
    rows.withUnsafeMutableBufferPointer { buffer in
      #expect(buffer.count == 4)
      buffer[0] = 33
    }
    #expect(rows.values == [33, 4, 5, 6] && second.values == [1, 2, 3, 4, 5, 6])
  }

  @Test func aSoleOwnerWritesInPlace() {
    var tensor = Tensor([1, 2, 3], shape: [3])
    let before = tensor.address
    tensor.withUnsafeMutableBufferPointer { $0[0] = 9 }
    #expect(tensor.address == before && tensor.values == [9, 2, 3])
    // The rows of a tensor that is gone own its storage.
    var rows = Tensor([1, 2, 3, 4], shape: [2, 2]).rows(1..<2)
    rows.withUnsafeMutableBufferPointer { $0[0] = 7 }
    #expect(rows.values == [7, 4])
  }

  @Test func tensorsAreJoinedAndCut() {
    let a = Tensor([1, 2, 3, 4], shape: [2, 2])
    let b = Tensor([5, 6], shape: [1, 2])
    let empty = Tensor([], shape: [0, 2])
    let joined = Tensor.concatenated([empty, a, b, empty])
    #expect(joined.shape == [3, 2] && joined.values == [1, 2, 3, 4, 5, 6])
    #expect(Tensor.concatenated([a.rows(1..<2), b]).values == [3, 4, 5, 6])
    #expect(a.rows(2..<2).shape == [0, 2] && a.rows(2..<2).values.isEmpty)
    #expect(a.reshaped(to: [4, 1]).shape == [4, 1])
    #expect(Tensor.concatenated([]).shape == [0])
    #expect(Tensor(repeating: 3, shape: []).values == [3])
    #expect(a.transposed(blocks: 1, rows: 2, columns: 2).values == [1, 3, 2, 4])
  }
}
