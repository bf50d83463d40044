import BenchmarkHarness
import Foundation
import SemanticSAMCore
import SemanticSAMDrawing
import SemanticSAMImages

/// Pictures of what `curves` measured.
struct CostPlot {
  /// - Parameters:
  ///   - json: the file that `curves` wrote.
  ///   - folder: where `performance-encode.png` and `performance-clicks.png` go.
  static func run(json: String, folder: String) throws {
    let report = try JSONDecoder().decode(BenchmarkReport.self, from: Data(contentsOf: URL(fileURLWithPath: json)))
    var plot = CurvePlot()
    plot.width = 900
    func curves(_ group: String, x: (String) -> Double?) -> [CurvePlot.Curve] {
      ["1 thread", "2 threads"].map { threads in
        let points: [CurvePlot.Curve.Point] = report.results.compactMap { result in
          guard result.group == group, let x = x(result.name), let y = result.values[threads + ", ms"] else {
            return nil
          }
          return .init(x: x, y: y)
        }
        return .init(name: threads, points: points, hasMarks: true)
      }
    }
    let encode = curves(CostCurves.encodeGroup) { name in
      name.split(separator: " ").first.flatMap { Double($0) }.map { side in side * side / 1000 }
    }
    let clicks = curves(CostCurves.clicksGroup) { Double($0) }
    try plot.draw([.init(title: "Encode, ms", curves: encode)], axis: "thousand pixels, as the network sees them")
      .writePNG(to: folder + "/performance-encode.png")
    try plot.draw([.init(title: "Six masks a click, ms", curves: clicks)], axis: "clicks in one call")
      .writePNG(to: folder + "/performance-clicks.png")
  }
}
