import SemanticSAMCore
import Testing

struct RunLengthsTests {
  @Test func codesEqualThoseOfCOCO() throws {
    let codes = try COCOCodes.load().masks
    #expect(codes.count >= 10)
    for code in codes {
      let (height, width) = (code.size[0], code.size[1])
      let fromRuns = try RunLengths(height: height, width: width, counts: code.runs)
      #expect(fromRuns.compressed == code.counts)
      let fromString = try RunLengths(height: height, width: width, compressed: code.counts)
      #expect(fromString == fromRuns)
      #expect(fromString.counts == code.runs)
    }
  }

  @Test func runsOfLengthZeroAreTakenOut() throws {
    let code = try RunLengths(height: 2, width: 3, counts: [0, 1, 0, 2, 0, 0, 3, 0, 0, 0])
    #expect(code.counts == [0, 3, 3])
    #expect(try RunLengths(height: 2, width: 3, counts: [0, 0, 0, 0, 6, 0]).counts == [6])
    // The same as COCO's string: the difference of a run is taken to the run that stands there, of length 0 or not.
    #expect(try RunLengths(height: 2, width: 3, compressed: "01003OM1").counts == [0, 2, 3, 1])
  }

  @Test func largeRunsSurvive() throws {
    let counts: [UInt32] = [UInt32.max - 4, 1, 1, 1, 1]
    let code = try RunLengths(height: 3 * 5 * 17 * 257, width: 65537, counts: counts)
    #expect(code.counts == counts)
    #expect(try RunLengths(height: 3 * 5 * 17 * 257, width: 65537, compressed: code.compressed) == code)
  }

  @Test(arguments: [
    (0, 4, [0]), (4, 0, [0]), (-1, -1, [1]), (2, 2, []), (2, 2, [3]), (2, 2, [5]), (2, 2, [1, 1, 1]), (2, 2, [4, 1]),
    (2, 2, [UInt32.max, UInt32.max, 6]), (Int.max, 2, [1]), (65536, 65536, [UInt32.max, 1]),
  ])
  func sizesAndSumsAreChecked(height: Int, width: Int, counts: [UInt32]) {
    #expect(throws: ModelError.self) { try RunLengths(height: height, width: width, counts: counts) }
  }

  @Test(arguments: [
    "", " ", "4 ", "/", "p", "é", "P", "4P", "5", "3", "O", "111O1", "022I",
    "oooooooooooooooooooooooooooooooo", "PPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPP0", "ooooooooooo?", "ooooooooooo0",
    "ooooooooooooO", "PPPPPPPPPPPP@", "12O4",
  ])
  func hostileStringsAreRefused(compressed: String) {
    #expect(throws: ModelError.self) { try RunLengths(height: 2, width: 2, compressed: compressed) }
  }

  @Test func mutatedStringsNeverTrap() throws {
    var generator = SeededGenerator(seed: 7)
    let codes = try COCOCodes.load().masks
    var accepted = 0
    for _ in 0..<5_000 {
      guard let code = codes.randomElement(using: &generator) else { continue }
      var characters = Array(code.counts.utf8)
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let place = Int.random(in: 0..<characters.count, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: characters[place] = UInt8.random(in: 40..<120, using: &generator)
        case 1: characters.insert(UInt8.random(in: 48..<112, using: &generator), at: place)
        default: if characters.count > 1 { characters.remove(at: place) }
        }
      }
      let text = String(decoding: characters, as: UTF8.self)
      do {
        let runs = try RunLengths(height: code.size[0], width: code.size[1], compressed: text)
        #expect(runs.counts.reduce(0) { $0 + Int($1) } == code.size[0] * code.size[1])
        #expect(!runs.counts.dropFirst().contains(0))
        accepted += 1
      } catch {
        #expect(!error.message.isEmpty)
      }
    }
    #expect(accepted < 5_000)
  }
}
