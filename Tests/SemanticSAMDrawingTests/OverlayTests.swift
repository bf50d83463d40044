import SemanticSAMCore
import SemanticSAMDrawing
import Testing

struct OverlayTests {
  /// Fills only.
  private var plain: Overlay {
    var overlay = Overlay()
    overlay.hasLabels = false
    overlay.hasOutlines = false
    return overlay
  }

  @Test func theFillMixesTheColourInsideAndKeepsTheRest() throws {
    let image = try Scene.image(width: 40, height: 30)
    let candidate = try Scene.candidate(width: 40, height: 30) { x, y in x + 2 * y < 50 }
    let picture = try plain.draw(image, candidates: [candidate])
    #expect(picture.width == 40 && picture.height == 30)
    let color = Palette.color(at: 0)
    let share = plain.fillOpacity
    for y in 0..<30 {
      for x in 0..<40 {
        guard x + 2 * y < 50 else {
          #expect(picture.pixel(x, y) == image.pixel(x, y))
          continue
        }
        for (channel, part) in [color.red, color.green, color.blue].enumerated() {
          let expected = Double(image.pixel(x, y)[channel]) * (1 - share) + part * 255 * share
          #expect(abs(Double(picture.pixel(x, y)[channel]) - expected) <= 1)
        }
      }
    }
  }

  @Test func aPixelTakesTheColourOfTheSmallestMask() throws {
    let image = try Scene.grey(128, width: 20, height: 10)
    let whole = try Scene.candidate(width: 20, height: 10) { _, _ in true }
    let part = try Scene.candidate(width: 20, height: 10) { x, _ in x < 5 }
    let colors = try [0, 1].map { index in
      var alone = [try Scene.candidate(width: 20, height: 10) { _, _ in false }]
      alone.insert(whole, at: index)
      return try plain.draw(image, candidates: alone).pixel(0, 0)
    }
    for (candidates, ofWhole, ofPart) in [
      ([whole, part], colors[0], colors[1]), ([part, whole], colors[1], colors[0]),
    ] {
      let picture = try plain.draw(image, candidates: candidates)
      #expect(picture.pixel(2, 5) == ofPart)
      #expect(picture.pixel(10, 5) == ofWhole)
    }
  }

  @Test func outlinesStayNearTheEdge() throws {
    let image = try Scene.image(width: 120, height: 90)
    let candidate = try Scene.candidate(width: 120, height: 90) { x, y in (30..<80).contains(x) && (20..<70).contains(y)
    }
    var overlay = plain
    overlay.hasOutlines = true
    overlay.fillOpacity = 0
    let picture = try overlay.draw(image, candidates: [candidate])
    for y in 0..<90 {
      for x in 0..<120 {
        let outside = max(30 - x, x - 79, 20 - y, y - 69)
        if outside > 4 || outside < -4 { #expect(picture.pixel(x, y) == image.pixel(x, y)) }
      }
    }
    // On the edge itself stands the colour.
    let color = Palette.color(at: 0)
    let onEdge = picture.pixel(30, 45).map { Double($0) / 255 }
    #expect(abs(onEdge[0] - color.red) + abs(onEdge[1] - color.green) + abs(onEdge[2] - color.blue) < 0.2)
  }

  @Test func labelsLieInsideThePicture() throws {
    // Masks in all corners, on white: a chip that was cut off would leave its dark plate on the outermost pixels.
    let image = try Scene.grey(255, width: 800, height: 600)
    let corners = [(0, 0), (760, 0), (0, 560), (760, 560)]
    let candidates = try corners.map { left, top in
      try Scene.candidate(width: 800, height: 600, name: "television set") { x, y in
        (left..<(left + 40)).contains(x) && (top..<(top + 40)).contains(y)
      }
    }
    var overlay = Overlay()
    overlay.hasOutlines = false
    overlay.fillOpacity = 0
    let picture = try overlay.draw(image, candidates: candidates)
    var dark = 0
    for y in 0..<600 {
      for x in 0..<800 where picture.pixel(x, y) != [255, 255, 255] {
        #expect(x >= 3 && x < 797 && y >= 3 && y < 597)
        dark += 1
      }
    }
    // Four plates with a name and numbers each.
    #expect(dark > 4 * 150 * 15 && dark < 800 * 600 / 5)
  }

  @Test func clicksAndBoxesAreDrawnWhereTheyAre() throws {
    // The marks are white, black and what lies between: never the colour of this ground.
    let ground: [UInt8] = [150, 90, 40]
    let image = try Image(width: 400, height: 300, pixels: (0..<(400 * 300)).flatMap { _ in ground })
    let picture = try Overlay().draw(
      image, candidates: [],
      prompts: [
        .points([Point(x: 100, y: 80)], negative: [Point(x: 300, y: 200)]), .box(Box(x0: 50, y0: 40, x1: 350, y1: 260)),
      ])
    // The sign is white, the ground beside it has the colour of the click.
    #expect(picture.pixel(100, 80).allSatisfy { $0 > 200 })
    #expect(picture.pixel(300, 200).allSatisfy { $0 > 200 })
    let positive = picture.pixel(103, 77)
    let negative = picture.pixel(300, 197)
    #expect(positive[1] > positive[0] && positive[1] > positive[2])
    #expect(negative[0] > 180 && negative[1] < 100 && negative[2] < 100)
    // The box changes its edge and nothing else.
    #expect((60..<340).allSatisfy { picture.pixel($0, 40) != ground })
    #expect((50..<250).allSatisfy { picture.pixel(50, $0) != ground })
    #expect(picture.pixel(200, 150) == ground && picture.pixel(20, 20) == ground)
  }

  @Test func clicksAndBoxesThatLieNowhereAreLeftOut() throws {
    let image = try Scene.grey(120, width: 50, height: 40)
    let nowhere: [Double] = [.nan, .infinity, -.infinity, 1e300, -1e300, 1e9]
    let prompts = nowhere.flatMap { value -> [Prompt] in
      [
        .points([Point(x: value, y: 5)], negative: [Point(x: 5, y: value)]),
        .box(Box(x0: value, y0: value, x1: value, y1: value)),
      ]
    }
    #expect(try Overlay().draw(image, candidates: [], prompts: prompts) == image)
    // A box around everything shows nothing of its edge.
    let around = Prompt.box(Box(x0: -1e12, y0: -1e12, x1: 1e12, y1: 1e12))
    #expect(try Overlay().draw(image, candidates: [], prompts: [around]) == image)
  }

  @Test(arguments: [(1, 1), (1, 9), (3000, 2), (2, 3000), (64, 48)])
  func everySizeAndMaskIsDrawn(width: Int, height: Int) throws {
    let image = try Scene.image(width: width, height: height)
    let candidates = [
      try Scene.candidate(width: width, height: height, name: "empty") { _, _ in false },
      try Scene.candidate(width: width, height: height, name: "full") { _, _ in true },
      try Scene.candidate(width: width, height: height, name: "one pixel") { x, y in x == 0 && y == 0 },
      try Scene.candidate(width: width, height: height, name: "thin") { x, _ in x == width / 2 },
      try Scene.candidate(width: width, height: height, name: "checkerboard") { x, y in (x + y).isMultiple(of: 2) },
    ]
    let prompts = [Prompt.point(0, 0), .box(Box(x0: 0, y0: 0, x1: 1, y1: 1))]
    let picture = try Overlay().draw(image, candidates: candidates, prompts: prompts)
    #expect(picture.width == width && picture.height == height)
    // Nothing depends on anything but the arguments.
    #expect(try Overlay().draw(image, candidates: candidates, prompts: prompts) == picture)
  }

  @Test(arguments: [(40, 30, 200, 200, 150), (40, 30, 20, 20, 15), (3, 900, 300, 1, 300), (500, 1, 50, 50, 1)])
  func theLongEdgeIsKept(width: Int, height: Int, longEdge: Int, expectedWidth: Int, expectedHeight: Int) throws {
    let candidate = try Scene.candidate(width: width, height: height) { x, y in x < 10 && y < 10 }
    var overlay = Overlay()
    overlay.longEdge = longEdge
    let picture = try overlay.draw(try Scene.grey(90, width: width, height: height), candidates: [candidate])
    #expect(picture.width == expectedWidth && picture.height == expectedHeight)
  }

  @Test func scalingKeepsAFlatImageFlat() throws {
    var overlay = plain
    overlay.longEdge = 333
    for (width, height) in [(40, 30), (1000, 701), (7, 2000)] {
      let picture = try overlay.draw(try Scene.grey(90, width: width, height: height), candidates: [])
      #expect(picture.pixels.allSatisfy { $0 == 90 })
    }
  }

  @Test func scalingKeepsPlacesAndColours() throws {
    // A ramp from left to right: each pixel of the picture shows what stood at its place.
    let (width, height) = (1531, 40)
    let ramp = (0..<(width * height)).flatMap { place -> [UInt8] in
      let value = UInt8(place % width * 255 / (width - 1))
      return [value, 255 - value, 100]
    }
    var overlay = plain
    overlay.longEdge = 300
    let picture = try overlay.draw(try Image(width: width, height: height, pixels: ramp), candidates: [])
    for x in 2..<298 {
      let expected = (Double(x) + 0.5) / 300 * 255
      #expect(abs(Double(picture.pixel(x, 4)[0]) - expected) <= 1.5)
      #expect(abs(Double(picture.pixel(x, 4)[1]) - (255 - expected)) <= 1.5)
      #expect(picture.pixel(x, 4)[2] == 100)
    }
  }

  @Test func whatIsTooLargeForCairoIsDrawnSmaller() throws {
    let (width, height) = (40_000, 2)
    let candidate = try Scene.candidate(width: width, height: height) { x, _ in x > 20_000 }
    var overlay = Overlay()
    overlay.longEdge = 400
    #expect(try overlay.draw(try Scene.grey(90, width: width, height: height), candidates: [candidate]).width == 400)
  }

  @Test func whatCannotBeDrawnIsRefused() throws {
    let image = try Scene.grey(90, width: 40, height: 30)
    let other = try Scene.candidate(width: 30, height: 40) { _, _ in true }
    #expect(throws: ModelError.self) { try Overlay().draw(image, candidates: [other]) }
    for longEdge in [0, -5, 32_768, Int.max] {
      var overlay = Overlay()
      overlay.longEdge = longEdge
      #expect(throws: ModelError.self) { try overlay.draw(image, candidates: []) }
    }
    let long = try Scene.grey(90, width: 32_768, height: 1)
    #expect(throws: ModelError.self) { try Overlay().draw(long, candidates: []) }
  }
}
