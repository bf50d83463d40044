import Foundation
import SemanticSAMCore
import SemanticSAMData
import SemanticSAMImages
import Testing

// The example of Docs/AddingADataset.md, word for word.
// begin
/// Photographs of leaves, `N.png`, with the outline of each leaf in `N.txt`: x, y, x, y, ... in pixel edges.
struct Leaves: Dataset {
  let name = "leaves"
  let categories = CategoryTables(objects: [Category(id: 1, name: "leaf")])
  let folder: String
  let count: Int

  func sample(at index: Int) throws(ModelError) -> Sample {
    let size = try ImageSize(contentsOf: "\(folder)/\(index).png")
    let path = "\(folder)/\(index).txt"
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw ModelError(.unreadableFile, "There is no outline '\(path)'; get a complete copy of the data set.")
    }
    var regions: [Region] = []
    for (line, row) in text.split(separator: "\n").enumerated() {
      let numbers = row.split(separator: ",").compactMap { Double($0.filter { $0 != " " }) }
      guard numbers.count >= 6, numbers.count.isMultiple(of: 2) else {
        throw ModelError(.malformedFile, "Line \(line) of '\(path)' is no outline; give x, y, x, y, ...")
      }
      let mask = try Mask(polygons: [numbers], width: size.width, height: size.height)
      regions.append(
        Region(
          id: Int64(line), kind: .object, mask: mask, box: mask.box, area: Double(mask.area), objectCategory: 0))
    }
    return Sample(
      image: ImageReference(
        id: "\(index)", place: .file("\(folder)/\(index).png"), width: size.width, height: size.height),
      regions: regions, source: name)
  }
}
// end

@Suite struct AddingADatasetTests {
  @Test func theExampleWorks() throws {
    let folder = try ScratchFolder()
    let photograph = try PNG.encode(pixels: [UInt8](repeating: 9, count: 5 * 4 * 3), width: 5, height: 4, format: .rgb)
    try folder.write(photograph, "0.png")
    try folder.write("1, 1, 4, 1, 4, 3, 1, 3\n", "0.txt")
    let leaves = Leaves(folder: folder.path, count: 1)
    #expect(try leaves.sample(at: 0).regions.map { $0.mask?.area } == [6])
    #expect(try DatasetVerification(leaves).problems == [])
    #expect(try DatasetSummary(leaves).objects == 1)
  }

  /// The page shows what is compiled here.
  @Test func thePageShowsTheExample() throws {
    let file = URL(filePath: #filePath)
    let root = file.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let source = try String(contentsOf: file, encoding: .utf8)
    let page = try String(contentsOf: root.appending(path: "Docs/AddingADataset.md"), encoding: .utf8)
    let start = try #require(source.firstRange(of: "// begin\n")).upperBound
    let end = try #require(source.firstRange(of: "// end\n")).lowerBound
    #expect(page.contains(source[start..<end]))
  }
}
