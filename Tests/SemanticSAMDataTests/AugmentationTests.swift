import SemanticSAMCore
import Testing

@testable import SemanticSAMData

struct AugmentationTests {
  /// A picture whose red channel is 255 inside of its first mask and 0 outside.
  private static func picture(using generator: inout SampleGenerator) throws -> AnnotatedImage {
    let (width, height) = (1 + generator.integer(below: 24), 1 + generator.integer(below: 24))
    var regions: [Region] = []
    for id in 0..<(1 + generator.integer(below: 4)) {
      let density = generator.uniform()
      let (left, top) = (generator.integer(below: width), generator.integer(below: height))
      let (right, bottom) = (left + 1 + generator.integer(below: width), top + 1 + generator.integer(below: height))
      var bitmap = [UInt8](repeating: 0, count: width * height)
      for y in top..<min(bottom, height) {
        for x in left..<min(right, width) where generator.uniform() < density { bitmap[y * width + x] = 1 }
      }
      let mask = try Mask(width: width, height: height, bitmap: bitmap)
      let points = (0..<3).map { _ in
        Point(x: Double(generator.integer(below: width)), y: Double(generator.integer(below: height)))
      }
      regions.append(
        Region(
          id: Int64(id), kind: .unlabelled, mask: mask, box: mask.box, area: Double(mask.area),
          parent: id > 0 ? generator.integer(below: id) : nil,
          points: points.filter { mask.contains(x: Int($0.x), y: Int($0.y)) }))
    }
    let first = regions[0].mask?.bitmap ?? []
    let pixels = first.flatMap { [$0 * 255, UInt8(generator.integer(below: 256)), UInt8(7)] }
    return try AnnotatedImage(image: Image(width: width, height: height, pixels: pixels), regions: regions)
  }

  @Test func flippingTwiceChangesNothing() throws {
    var generator = SampleGenerator(seed: 1)
    for _ in 0..<10_000 {
      let picture = try Self.picture(using: &generator)
      let flip = GeometricTransform.horizontalFlip(width: picture.image.width, height: picture.image.height)
      let once = try picture.transformed(by: flip)
      let twice = try once.transformed(by: flip)
      #expect(twice.image == picture.image)
      let visible = picture.regions.filter { $0.mask?.isEmpty == false }
      #expect(twice.regions.map(\.id) == visible.map(\.id))
      #expect(twice.regions.map(\.mask) == visible.map(\.mask))
      #expect(twice.regions.map(\.box) == visible.map(\.box))
      #expect(twice.regions.map(\.points) == visible.map(\.points))
    }
  }

  /// Over all transforms: the first mask stays where its colour is, boxes and areas are those of the masks, clicks stay
  /// inside, removed regions take their links along.
  @Test func everythingMovesTogether() throws {
    var generator = SampleGenerator(seed: 2)
    for _ in 0..<10_000 {
      let picture = try Self.picture(using: &generator)
      let (width, height) = (picture.image.width, picture.image.height)
      let kind = generator.integer(below: 3)
      let transform: GeometricTransform =
        switch kind {
        case 0: .horizontalFlip(width: width, height: height)
        case 1:
          .resize(
            fromWidth: width, height: height, toWidth: 1 + generator.integer(below: 40),
            height: 1 + generator.integer(below: 40))
        default:
          .crop(
            fromWidth: width, height: height, x: generator.integer(below: 40) - 10,
            y: generator.integer(below: 40) - 10, width: 1 + generator.integer(below: 30),
            height: 1 + generator.integer(below: 30))
        }
      let result = try picture.transformed(by: transform)
      #expect(result.image.width == transform.width && result.image.height == transform.height)
      for (place, region) in result.regions.enumerated() {
        let mask = try #require(region.mask)
        #expect(!mask.isEmpty && region.box == mask.box && region.area == Double(mask.area))
        for point in region.points {
          #expect(mask.contains(x: Int(point.x.rounded()), y: Int(point.y.rounded())))
        }
        let original = try #require(picture.regions.first { $0.id == region.id })
        if let parent = region.parent {
          #expect(parent < place)
          #expect(original.parent.map { picture.regions[$0].id } == result.regions[parent].id)
        }
        // Where the box of the mask comes to lie.
        if kind != 1 {
          let box = transform.apply(to: original.box)
          let cut = Box(
            x0: max(box.x0, 0), y0: max(box.y0, 0), x1: min(box.x1, Double(transform.width)),
            y1: min(box.y1, Double(transform.height)))
          #expect(region.box.x0 >= cut.x0 && region.box.y0 >= cut.y0)
          #expect(region.box.x1 <= cut.x1 && region.box.y1 <= cut.y1)
          if kind == 0 { #expect(region.box == cut && region.points.count == original.points.count) }
        }
      }
      guard kind != 1 else { continue }
      let red = stride(from: 0, to: result.image.pixels.count, by: 3).map { result.image.pixels[$0] == 255 ? 1 : 0 }
      let first = result.regions.first { $0.id == 0 }?.mask?.bitmap.map(Int.init)
      #expect(red == first ?? [Int](repeating: 0, count: red.count))
    }
  }

  @Test func cropPadsRightAndBelowWithGrey() throws {
    let picture = try AnnotatedImage(
      image: Image(width: 2, height: 1, pixels: [1, 2, 3, 4, 5, 6]),
      regions: [
        Region(
          id: 1, kind: .object, mask: Mask(width: 2, height: 1, bitmap: [1, 1]),
          box: Box(x0: 0, y0: 0, x1: 2, y1: 1), area: 2)
      ])
    var generator = SampleGenerator(seed: 3)
    let result = try FixedSizeCrop(width: 3, height: 2).apply(to: picture, using: &generator)
    #expect(result.image.pixels == [1, 2, 3, 4, 5, 6] + [UInt8](repeating: 128, count: 12))
    #expect(result.regions[0].mask?.bitmap == [1, 1, 0, 0, 0, 0])
  }

  @Test func boxesWithoutMasksAreCutAndRemoved() throws {
    let image = try Image(width: 10, height: 10, pixels: [UInt8](repeating: 0, count: 300))
    func region(_ id: Int64, _ box: Box) -> Region {
      Region(id: id, kind: .object, mask: nil, box: box, area: box.area)
    }
    let picture = try AnnotatedImage(
      image: image,
      regions: [
        region(1, Box(x0: -0.25, y0: 2, x1: 6, y1: 11)), region(2, Box(x0: 7, y0: 0, x1: 9, y1: 3)),
      ])
    let result = try picture.transformed(
      by: .crop(fromWidth: 10, height: 10, x: 1, y: 1, width: 4, height: 20))
    #expect(result.regions.map(\.id) == [1])
    #expect(result.regions[0].box == Box(x0: 0, y0: 1, x1: 4, y1: 10))
    #expect(result.regions[0].area == 36)
  }

  @Test func scaleFitsAndRounds() throws {
    let image = try Image(width: 640, height: 427, pixels: [UInt8](repeating: 0, count: 640 * 427 * 3))
    let resize = ResizeScale(scale: 0.1...2)
    // min(1024 / 427, 1024 / 640) = 1.6; 427 * 1.6 = 683.2.
    let whole = try resize.transform(image, factor: 1)
    #expect(whole.width == 1024 && whole.height == 683)
    let small = try resize.transform(image, factor: 0.1)
    #expect(small.width == 102 && small.height == 68)
    let line = try Image(width: 900, height: 1, pixels: [UInt8](repeating: 0, count: 2700))
    #expect(try resize.transform(line, factor: 0.1).height == 1)
  }

  /// Expected bytes: `Image.resize(size, Image.BILINEAR)` of Pillow 13.0.0.
  @Test func picturesAreScaledAsPillowDoes() throws {
    let image = try Image(
      width: 6, height: 4,
      pixels: [
        139, 74, 229, 241, 169, 65, 6, 160, 149, 106, 38, 175, 188, 205, 175, 229, 98, 249, 10, 148, 95, 86, 147, 198,
        66, 39, 106, 213, 171, 45, 167, 57, 69, 81, 55, 14, 153, 178, 215, 76, 52, 39, 250, 72, 215, 50, 161, 223, 112,
        172, 161, 233, 38, 17, 89, 1, 221, 6, 242, 127, 143, 6, 60, 210, 94, 25, 166, 33, 249, 189, 12, 204,
      ])
    let expected: [(width: Int, height: Int, pixels: [UInt8])] = [
      (3, 2, [111, 127, 143, 119, 113, 131, 164, 105, 122, 91, 111, 148, 144, 95, 128, 164, 73, 137]),
      (
        4, 7,
        [
          177, 110, 168, 95, 149, 124, 122, 107, 172, 214, 138, 221, 128, 124, 156, 93, 128, 126, 143, 111, 132, 178,
          109, 155, 49, 145, 136, 89, 94, 130, 177, 117, 68, 120, 62, 48, 82, 140, 142, 130, 83, 144, 137, 137, 131,
          151, 72, 53, 119, 128, 152, 165, 76, 151, 100, 149, 194, 187, 83, 82, 82, 105, 173, 128, 87, 106, 154, 97,
          139, 183, 44, 167, 58, 91, 186, 105, 94, 78, 188, 64, 104, 180, 20, 221,
        ]
      ),
    ]
    for (width, height, pixels) in expected {
      let transform = GeometricTransform.resize(fromWidth: 6, height: 4, toWidth: width, height: height)
      #expect(try transform.apply(to: image).pixels == pixels)
    }
  }

  @Test func numbersDependOnSeedStepAndSampleAlone() throws {
    var generator = SampleGenerator(seed: 4)
    let pipeline = AugmentationPipeline(
      AugmentationPipeline.largeScaleJitter(size: 32, scale: 0.1...2).steps + [ColorJitter()])
    var distinct: Set<[UInt8]> = []
    for sample in 0..<50 as Range<UInt64> {
      let picture = try Self.picture(using: &generator)
      let first = try pipeline.apply(to: picture, seed: 9, step: 3, sample: sample)
      let again = try pipeline.apply(to: picture, seed: 9, step: 3, sample: sample)
      #expect(first.image == again.image)
      #expect(first.regions.map(\.mask) == again.regions.map(\.mask))
      #expect(first.image.width == 32 && first.image.height == 32)
      distinct.insert(first.image.pixels)
    }
    #expect(distinct.count > 45)
    var streams: Set<UInt64> = []
    for seed in 0..<10 as Range<UInt64> {
      for step in 0..<10 as Range<UInt64> {
        for sample in 0..<10 as Range<UInt64> {
          var generator = SampleGenerator(seed: seed, step: step, sample: sample)
          streams.insert(generator.next())
        }
      }
    }
    #expect(streams.count == 1000)
  }

  /// The first numbers of SplitMix64 from state 1234567, as published with its C source.
  @Test func generatorIsSplitMix64() {
    var state: UInt64 = 1_234_567
    let numbers = (0..<3).map { _ in
      let value = SampleGenerator.mixed(state)
      state &+= 0x9e37_79b9_7f4a_7c15
      return value
    }
    #expect(numbers == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423])
  }

  @Test func unchangedColoursStay() throws {
    var pixels = (0..<3000).map { UInt8(truncatingIfNeeded: $0 &* 97 &+ $0 / 7) }
    let original = pixels
    ColorJitter.changeColours(&pixels, saturation: 1, turn: 0)
    #expect(pixels == original)
    // A third of a turn takes red to green, green to blue and blue to red.
    ColorJitter.changeColours(&pixels, saturation: 1, turn: 120)
    for index in stride(from: 0, to: 3000, by: 3) {
      #expect(
        Array(pixels[index..<index + 3]) == [original[index + 2], original[index], original[index + 1]])
    }
    pixels = original
    ColorJitter.changeColours(&pixels, saturation: 0, turn: 0)
    for index in stride(from: 0, to: 3000, by: 3) {
      #expect(Set(pixels[index..<index + 3]) == [original[index..<index + 3].max() ?? 0])
    }
  }

  @Test func badSettingsAreErrors() throws {
    var generator = SampleGenerator(seed: 5)
    let picture = try Self.picture(using: &generator)
    let bad: [any Augmentation] = [
      ColorJitter(brightness: -1), ColorJitter(hue: .nan), ResizeScale(scale: 0...1),
      ResizeScale(scale: 1...2, width: .max), FixedSizeCrop(width: .min, height: 4),
    ]
    for augmentation in bad {
      #expect(throws: ModelError.self) { try augmentation.apply(to: picture, using: &generator) }
    }
    #expect(throws: ModelError.self) {
      try picture.transformed(by: .horizontalFlip(width: 100, height: 1))
    }
    #expect(throws: ModelError.self) {
      try AnnotatedImage(
        image: Image(width: 1, height: 1, pixels: [0, 0, 0]),
        regions: [
          Region(
            id: 1, kind: .object, mask: Mask(width: 2, height: 1, bitmap: [1, 1]),
            box: Box(x0: 0, y0: 0, x1: 2, y1: 1), area: 2)
        ])
    }
  }
}
