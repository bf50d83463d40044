import Testing

@testable import SemanticSAMCore

struct AxisResamplingTests {
  @Test(arguments: [(7, 7), (7, 31), (31, 7), (640, 481), (1, 5), (5, 1)])
  func weightsSumToOneAndStayInside(_ inputs: Int, _ outputs: Int) {
    for resampling in [
      AxisResampling.bilinear(from: inputs, to: outputs), .bicubic(from: inputs, to: outputs),
      AxisResampling.bicubic(from: inputs, to: outputs).after(.bilinear(from: 9, to: inputs)),
    ] {
      #expect(resampling.rows.count == outputs)
      for row in resampling.rows {
        #expect(abs(row.weights.reduce(0, +) - 1) < 1e-12)
        #expect(row.first >= 0)
      }
    }
    for row in AxisResampling.bicubic(from: inputs, to: outputs).rows { #expect(row.range.upperBound <= inputs) }
  }

  @Test func sameSizeChangesNothing() {
    for (index, row) in AxisResampling.bicubic(from: 12, to: 12).rows.enumerated() {
      #expect(row.first == index && row.weights == [1])
    }
  }

  /// Keys' kernel at 1.75, 1.25, 0.75 and 0.25, whose sum is 2, by hand.
  @Test func halvingWeighsEightPixels() {
    let row = AxisResampling.bicubic(from: 16, to: 8).rows[4]
    #expect(row.first == 5 && row.weights.count == 8)
    let expected = [-0.01171875, -0.03515625, 0.11328125, 0.43359375]
    for (weight, value) in zip(row.weights, expected + expected.reversed()) { #expect(abs(weight - value) < 1e-12) }
  }
}
