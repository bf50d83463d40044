import SemanticSAMCore
import SemanticSAMDrawing
import Testing

struct ContactSheetTests {
  private func candidates(_ count: Int, width: Int, height: Int) throws -> [Candidate] {
    try (0..<count).map { index in
      try Scene.candidate(
        width: width, height: height, level: count - index, predictedIoU: 0.9 - Float(index) / 10, name: "dog"
      ) { x, y in x * count / width == index }
    }
  }

  @Test func sixLevelsFillTwoRowsOfThree() throws {
    let image = try Scene.image(width: 451, height: 300)
    let sheet = try ContactSheet().draw(image, candidates: candidates(6, width: 451, height: 300))
    #expect((1490...1500).contains(sheet.width))
    // Two pictures of a third of the width and their captions.
    #expect((2 * 310..<2 * 400 + 80).contains(sheet.height))
    let titled = try ContactSheet(title: "Six levels").draw(image, candidates: candidates(6, width: 451, height: 300))
    #expect(titled.width == sheet.width && titled.height > sheet.height)
  }

  @Test func panelsRunFromTheWholeAndShowTheMaskBright() throws {
    // Level 1 is the rightmost of six stripes and the last in the list.
    let image = try Scene.grey(200, width: 470, height: 300)
    let sheet = try ContactSheet().draw(image, candidates: candidates(6, width: 470, height: 300))
    let width = Double(sheet.width) / 3
    for column in 0..<3 {
      // Columns 0, 1, 2 of the first row show the stripes 5, 4, 3; the row is cut well below its top.
      let brightness = (0..<6).map { stripe in
        Int(sheet.pixel(Int(width * Double(column) + 24 + (Double(stripe) + 0.5) * (width - 40) / 6), 200)[0])
      }
      for stripe in 0..<6 {
        if stripe == 5 - column {
          #expect(abs(brightness[stripe] - 200) <= 1)
        } else {
          #expect(brightness[stripe] < 110)
        }
      }
    }
  }

  @Test(arguments: [(1, 1), (2000, 3), (3, 2000), (300, 200)], [1, 2, 3, 7])
  func everySizeAndNumberIsDrawn(size: (width: Int, height: Int), count: Int) throws {
    let image = try Scene.image(width: size.width, height: size.height)
    let candidates = try (0..<count).map { index in
      try Scene.candidate(width: size.width, height: size.height, level: index % 6 + 1, name: "a rather long name") {
        x, _ in
        index == 0 || x == index
      }
    }
    let sheet = try ContactSheet(title: "Title").draw(
      image, candidates: candidates, prompts: [.point(0, 0)])
    #expect((300...1500).contains(sheet.width))
  }

  @Test func whatCannotBeDrawnIsRefused() throws {
    let image = try Scene.grey(90, width: 40, height: 30)
    #expect(throws: ModelError.self) { try ContactSheet().draw(image, candidates: []) }
    #expect(throws: ModelError.self) {
      try ContactSheet().draw(image, candidates: candidates(1, width: 30, height: 40))
    }
    for (width, columns) in [(0, 3), (299, 1), (40_000, 3), (1500, 0), (1500, 16), (Int.max, 1)] {
      var sheet = ContactSheet()
      sheet.width = width
      sheet.columns = columns
      #expect(throws: ModelError.self) { try sheet.draw(image, candidates: candidates(6, width: 40, height: 30)) }
    }
  }
}
