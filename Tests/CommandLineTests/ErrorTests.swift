import Foundation
import Testing

/// Every error is one sentence on stderr and an exit code, with nothing on stdout and nothing written.
struct ErrorTests {
  /// A call, its exit code, and how its sentence begins.
  struct Call: CustomStringConvertible, Sendable {
    var arguments: [String]
    var code: Int32
    var beginning: String

    var description: String { arguments.joined(separator: " ") }

    static func segment(_ arguments: String, _ code: Int32, _ beginning: String) -> Call {
      Call(
        arguments: ["segment", "coffee.png"] + arguments.split(separator: " ").map(String.init), code: code,
        beginning: beginning)
    }
  }

  private func expect(_ call: Call, in folder: TemporaryFolder) throws {
    let before = folder.names
    let outcome = try Command.run(call.arguments, in: folder)
    #expect(outcome.code == call.code)
    #expect(outcome.output.isEmpty)
    #expect(outcome.error.hasPrefix("semantic-sam: " + call.beginning), "\(outcome.error)")
    #expect(outcome.error.hasSuffix(".\n"), "\(outcome.error)")
    #expect(outcome.error.filter(\.isNewline).count == 1, "\(outcome.error)")
    #expect(folder.names == before)
  }

  static let usage: [Call] = [
    Call(
      arguments: [], code: 64,
      beginning: "There is no subcommand; give segment, generate, panoptic, instances, semantic"),
    Call(arguments: ["nonsense"], code: 64, beginning: "There is no subcommand 'nonsense'; see semantic-sam --help."),
    Call(arguments: ["nonsense", "a", "b"], code: 64, beginning: "There is no subcommand 'nonsense'; see"),
    Call(arguments: ["help", "nonsense"], code: 64, beginning: "There is no subcommand 'nonsense' to explain; see"),
    Call(arguments: ["--nonsense"], code: 64, beginning: "Unknown option '--nonsense'; see semantic-sam --help."),
    Call(arguments: ["--generate-completion-script", "cmd"], code: 64, beginning: "Can't generate completion scripts"),
    Call(arguments: ["segment"], code: 64, beginning: "Missing expected argument '<image> ...'; see semantic-sam seg"),
    Call(arguments: ["info", "default", "extra"], code: 64, beginning: "Unexpected argument 'extra'; see"),
    Call(arguments: ["info", "default", "a", "b"], code: 64, beginning: "2 unexpected arguments: 'a', 'b'; see"),
    Call(arguments: ["info"], code: 64, beginning: "Missing expected argument '<file>'; see semantic-sam info --help."),
    Call(arguments: ["info", "a", "b"], code: 64, beginning: "Unexpected argument 'b'; see"),
    Call(arguments: ["info", "nothing"], code: 1, beginning: "There is no file 'nothing'; check the path."),
    Call(arguments: ["info", ""], code: 1, beginning: "The path of a file is empty"),
    Call(arguments: ["info", "coffee.png"], code: 1, beginning: "'coffee.png' is not a valid safetensors file"),
    Call(arguments: ["segment", "", "--point", "1,1"], code: 1, beginning: "The path of a file is empty"),
    Call(arguments: ["segment", ".", "--point", "1,1"], code: 1, beginning: "'.' is a folder"),
    Call(
      arguments: ["segment", "missing.jpg", "--point", "1,1"], code: 1, beginning: "There is no file 'missing.jpg'"),
    Call(
      arguments: ["segment", "line\nbreak.jpg", "--point", "1,1"], code: 1, beginning: "There is no file 'line break"),
    Call(arguments: ["segment", "coffee.png", "--point", ""], code: 64, beginning: "The point '' is not x,y; give 2"),
    Call(arguments: ["segment", "coffee.png", "--point", "1\n,1"], code: 64, beginning: "The point '1 ,1' is not x,y"),
    Call(arguments: ["segment", "coffee.png", "--box", ""], code: 64, beginning: "The box '' is not x0,y0,x1,y1"),
    Call(
      arguments: ["segment", "coffee.png", "--point", "9,9", "--levels", ""], code: 64, beginning: "--levels '' does"),
    Call(
      arguments: ["segment", "coffee.png", "--point", "9,9", "--output", ""], code: 64, beginning: "--output writes"),
    Call(arguments: ["segment", "coffee.png", "--point", "9,9", "--json", ""], code: 64, beginning: "--json has an"),
  ]

  static let prompts: [Call] = [
    .segment("", 64, "There is no prompt; say where the object is"),
    .segment("--point", 64, "Missing value for '--point <x,y>'; see semantic-sam segment --help."),
    .segment("--point --box 1,2,3,4", 64, "The point '--box' is not x,y"),
    .segment("--point 5,5 --point abc", 64, "The point 'abc' is not x,y; give 2 numbers with commas between them."),
    .segment("--point 5", 64, "The point '5' is not x,y"),
    .segment("--point 5,5,5", 64, "The point '5,5,5' is not x,y"),
    .segment("--point 5,,5", 64, "The point '5,,5' is not x,y"),
    .segment("--point 5;5", 64, "The point '5;5' is not x,y"),
    .segment("--negative-point x,y", 64, "The point 'x,y' is not x,y"),
    .segment("--box 1,2,3", 64, "The box '1,2,3' is not x0,y0,x1,y1; give 4 numbers"),
    .segment("--box 1,2,3,4,5", 64, "The box '1,2,3,4,5' is not x0,y0,x1,y1"),
    .segment("--box 1,2,3,4 --box 5,6,7,8", 64, "There are 2 boxes, and a prompt has one at most"),
    .segment("--point nan,nan", 1, "The point (nan, nan) is not a position; give two finite numbers."),
    .segment("--point inf,1", 1, "The point (inf, 1.0) is not a position"),
    .segment("--point 1e400,1", 1, "The point (inf, 1.0) is not a position"),
    .segment("--point 1e30,1", 1, "The point (1e+30, 1.0) lies outside the image of 600 x 400 pixels"),
    .segment("--point -5,1", 1, "The point (-5.0, 1.0) lies outside the image of 600 x 400 pixels"),
    .segment("--point=-5,1", 1, "The point (-5.0, 1.0) lies outside the image of 600 x 400 pixels"),
    .segment("--point 600,1", 1, "The point (600.0, 1.0) lies outside the image of 600 x 400 pixels"),
    .segment("--point 5,5 --negative-point 5,400", 1, "The point (5.0, 400.0) lies outside the image"),
    .segment("--negative-point 5,5", 1, "The prompt has neither a positive point nor a box"),
    .segment("--box nan,0,5,5", 1, "The box (nan, 0.0, 5.0, 5.0) is not a rectangle"),
    .segment("--box 300,10,200,90", 1, "The box (300.0, 10.0, 200.0, 90.0) is empty; give x0 < x1 and y0 < y1."),
    .segment("--box 3,3,3,9", 1, "The box (3.0, 3.0, 3.0, 9.0) is empty"),
    .segment("--box -1,2,3,4", 1, "The box (-1.0, 2.0, 3.0, 4.0) reaches outside the image"),
    .segment("--point 5,5 --prompts p.json", 64, "--prompts replaces --point, --negative-point, --box and --mask"),
    .segment("--mask m.png --prompts p.json", 64, "--prompts replaces --point, --negative-point, --box and --mask"),
    .segment("--mask m.png --text cup", 64, "--text looks everywhere"),
    .segment("--mask missing.png", 1, "There is no file 'missing.png'"),
    .segment("--mask m.png --format masks --output o", 64, "--mask belongs to one photograph"),
    .segment("--prompts missing.json", 1, "There is no file 'missing.json'; check the path."),
  ]

  static let options: [Call] = [
    ("--threads 0", "--threads 0 is not a number of threads; give 1 to 256."),
    ("--threads -1", "--threads -1 is not a number of threads"),
    ("--threads 257", "--threads 257 is not a number of threads"),
    ("--threads two", "The value 'two' is invalid for '--threads <count>'; see semantic-sam segment --help."),
    ("--threads 99999999999999999999", "The value '99999999999999999999' is invalid for '--threads <count>'"),
    ("--long-edge 31", "--long-edge 31 is too small for a photograph; give 32 or more."),
    ("--long-edge -5", "--long-edge -5 is too small"),
    ("--levels 9", "--levels '9' does not name levels; give numbers from 1 to 6, as in 1-3 or 2,5."),
    ("--levels 0", "--levels '0' does not name levels"),
    ("--levels 3-1", "--levels '3-1' does not name levels"),
    ("--levels 1-", "--levels '1-' does not name levels"),
    ("--levels -1", "--levels '-1' does not name levels"),
    ("--levels 1-2-3", "--levels '1-2-3' does not name levels"),
    ("--levels 1,,2", "--levels '1,,2' does not name levels"),
    ("--levels all", "--levels 'all' does not name levels"),
    ("--levels 99999999999999999999", "--levels '99999999999999999999' does not name levels"),
    ("--colour red", "Unknown option '--colour' (did you mean '--cutout'?); see semantic-sam segment --help."),
    ("-x", "Unknown option '-x'; see"),
    ("--quiet=yes", "The option '--quiet' does not take any value, but 'yes' was specified."),
    ("extra", "There are 2 photographs, and pictures and JSON show one; give --format and --output."),
    ("--output overlay.jpg", "--output writes PNG; give 'overlay.jpg' a name that ends in .png."),
    ("-ooverlay.jpg", "--output writes PNG"),
    ("--cutout -", "--cutout writes PNG"),
    ("--output coffee.png", "--output 'coffee.png' would replace the input 'coffee.png'; give another file."),
    ("--output ./coffee.png", "--output './coffee.png' would replace the input 'coffee.png'"),
    ("--json coffee.png", "--json 'coffee.png' would replace the input 'coffee.png'"),
    ("--output a.png --cutout ./a.png", "--cutout './a.png' would replace the file of --output; give another file."),
    ("--contact-sheet a.png --json a.png", "--json 'a.png' would replace the file of --contact-sheet"),
  ].map { .segment("--point 285,150 " + $0, 64, $1) }

  static let files: [Call] = [
    ("--output no/folder.png", "The file 'no/folder.png' cannot be written: there is no folder 'no'; make it first."),
    ("--json coffee.png/a.json", "The file 'coffee.png/a.json' cannot be written: there is no folder 'coffee.png'"),
    ("--json .", "'.' is a folder and cannot be written"),
    ("--output a.png --json no/a.json", "The file 'no/a.json' cannot be written"),
    ("--checkpoint missing.safetensors", "There is no file 'missing.safetensors'; check the path."),
    ("--checkpoint coffee.png", "'coffee.png' is not a valid safetensors file"),
    ("--checkpoint .", "'.' "),
  ].map { .segment("--point 285,150 " + $0, 1, $1) }

  @Test(arguments: usage + prompts + options + files)
  func wrongCallIsOneSentence(_ call: Call) throws {
    try expect(call, in: TemporaryFolder(images: "coffee.png"))
  }

  /// Files of prompts, and what is said about them.
  @Test(arguments: [
    ("", "they are not JSON"), ("{", "they are not JSON"), ("[]", "they are not a JSON object"),
    ("{}", "'prompts' is missing"), (#"{"prompts": []}"#, "there are none"),
    (#"{"prompts": {}}"#, "'prompts' has the wrong type"), (#"{"prompts": [1]}"#, "'prompts.0' has the wrong type"),
    (#"{"prompts": [{"points": [[1]]}]}"#, "a point of prompt 0 is not [x, y]"),
    (#"{"prompts": [{"points": [1, 2]}]}"#, "'prompts.0.points.0' has the wrong type"),
    (#"{"prompts": [{"points": [["1", 2]]}]}"#, "'prompts.0.points.0.0' has the wrong type"),
    (#"{"prompts": [{"points": [[1e999, 2]]}]}"#, "they are not JSON, or a number does not fit its place"),
    (#"{"prompts": [{"points": [[1, 2]], "labels": [1, 1]}]}"#, "prompt 0 has 1 points and needs as many labels"),
    (#"{"prompts": [{"points": [[1, 2]], "labels": [2]}]}"#, "prompt 0 has 1 points and needs as many labels"),
    (#"{"prompts": [{"points": [[1, 2]]}, {"box": [1, 2, 3]}]}"#, "the box of prompt 1 is not [x0, y0, x1, y1]"),
    (#"{"prompts": [{"point": [1, 2]}]}"#, "'prompts.0' has a field 'point' that no prompt has"),
    (String(repeating: "[", count: 100_000), "they are not JSON"),
  ])
  func brokenPromptsAreOneSentence(_ text: String, _ reason: String) throws {
    let folder = try TemporaryFolder(images: "coffee.png")
    try folder.write(text, to: "p.json")
    try expect(.segment("--prompts p.json", 1, "The prompts of 'p.json' cannot be read: \(reason)"), in: folder)
  }

  @Test func promptsOfAFileAreNamedByTheirNumber() throws {
    let folder = try TemporaryFolder(images: "coffee.png")
    try folder.write(#"{"prompts": [{"points": [[1, 2]]}, {"points": [[600, 2]]}]}"#, to: "p.json")
    try expect(.segment("--prompts p.json", 1, "Prompt 1: The point (600.0, 2.0) lies outside"), in: folder)
    try expect(
      .segment("--prompts p.json --cutout c.png", 64, "--cutout shows one prompt, and there are 2"), in: folder)
    try expect(
      .segment("--prompts p.json --contact-sheet c.png", 64, "--contact-sheet shows one prompt, and there are 2"),
      in: folder)
    try expect(.segment("--prompts p.json --json p.json", 64, "--json 'p.json' would replace the input"), in: folder)
  }

  @Test func cutoutWithoutAMaskWritesNothing() throws {
    let folder = try TemporaryFolder(images: "coffee.png")
    let call = Call.segment(
      "--box 165,12,412,312 --levels 6 --output o.png --cutout c.png", 1, "No mask has a level of --levels")
    try expect(call, in: folder)
  }

  @Test func fullDeviceIsAnError() throws {
    let folder = try TemporaryFolder(images: "coffee.png")
    for arguments in ["segment coffee.png --point 9,9 --json -", "--help", "info default"] {
      let shell = "'\(Command.executable.path)' \(arguments) > /dev/full"
      let outcome = try Command.run(["-c", shell], in: folder, executable: URL(filePath: "/bin/sh"))
      #expect(outcome.code == 1)
      #expect(outcome.error.hasPrefix("semantic-sam: Standard output cannot be written: "), "\(outcome.error)")
    }
  }
}
