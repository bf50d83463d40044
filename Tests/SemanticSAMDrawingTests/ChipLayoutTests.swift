import SemanticSAMCore
import SemanticSAMDrawing
import Testing

struct ChipLayoutTests {
  @Test func chipsLieInsideApartAndNearTheirTargets() {
    var random = SeededGenerator(seed: 5)
    for _ in 0..<60 {
      let width = Double.random(in: 50...900, using: &random)
      let height = Double.random(in: 50...900, using: &random)
      let margin = 5.0
      var layout = ChipLayout(width: width, height: height, margin: margin, obstacles: [])
      var chips: [Box] = []
      for _ in 0..<30 {
        let target = Point(x: .random(in: 0...width, using: &random), y: .random(in: 0...height, using: &random))
        let size = (
          width: Double.random(in: 20...200, using: &random), height: Double.random(in: 10...30, using: &random)
        )
        guard let chip = layout.place(width: size.width, height: size.height, beside: [target]) else { continue }
        #expect(abs(chip.width - size.width) < 1e-9 && abs(chip.height - size.height) < 1e-9)
        #expect(chip.x0 >= margin && chip.y0 >= margin)
        #expect(chip.x1 <= width - margin + 1e-9 && chip.y1 <= height - margin + 1e-9)
        #expect(ChipLayout.distance(from: target, to: chip) <= 4 * size.height)
        #expect(!chips.contains { ChipLayout.overlap($0, chip) })
        chips.append(chip)
      }
      #expect(chips.reduce(0) { $0 + $1.area } <= 0.2 * width * height + 1e-6)
      #expect(layout.placed == chips)
    }
  }

  @Test func aChipStandsAboveItsTargetAndClearOfClicks() {
    var layout = ChipLayout(width: 400, height: 300, margin: 4, obstacles: [])
    #expect(
      layout.place(width: 80, height: 20, beside: [Point(x: 200, y: 150)]) == Box(x0: 160, y0: 126, x1: 240, y1: 146))
    let click = Box(x0: 190, y0: 120, x1: 210, y1: 140)
    layout = ChipLayout(width: 400, height: 300, margin: 4, obstacles: [click])
    let chip = layout.place(width: 80, height: 20, beside: [Point(x: 200, y: 150)])
    #expect(chip.map { !ChipLayout.overlap($0, click) } == true)
  }

  @Test func whatDoesNotFitIsLeftOut() {
    var layout = ChipLayout(width: 100, height: 100, margin: 4, obstacles: [])
    #expect(layout.place(width: 95, height: 10, beside: [Point(x: 50, y: 50)]) == nil)
    #expect(layout.place(width: 60, height: 60, beside: [Point(x: 50, y: 50)]) == nil)
    #expect(layout.place(width: 20, height: 10, beside: []) == nil)
  }
}
