import Foundation
import SemanticSAMCore
import SemanticSAMImages
import Testing

/// `train`: what is refused, recipes, curves, and a short run.
@Suite(.serialized) struct TrainTests {
  private let photographs = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../Fixtures/datasets/sa1b").standardized.path

  private func expectRefusal(
    _ arguments: [String], code: Int32, _ part: String, in folder: TemporaryFolder? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let folder = try folder ?? TemporaryFolder()
    let before = folder.names
    let outcome = try Command.run(["train"] + arguments, in: folder)
    #expect(outcome.code == code && outcome.output.isEmpty, "\(outcome.code)", sourceLocation: sourceLocation)
    #expect(outcome.error.hasPrefix("semantic-sam: "), "\(outcome.error)", sourceLocation: sourceLocation)
    #expect(outcome.error.contains(part), "\(outcome.error)", sourceLocation: sourceLocation)
    #expect(outcome.error.filter(\.isNewline).count == 1, "\(outcome.error)", sourceLocation: sourceLocation)
    #expect(folder.names == before, sourceLocation: sourceLocation)
  }

  @Test(arguments: [
    (["--data", "sa1b=x"], "There is no recipe; give --recipe one of fine-tune"),
    (["--recipe", "fine-tune", "--data", "cats=x"], "'cats=x' names no data set that is known"),
    (["--recipe", "fine-tune", "--data", "sa1b"], "--data 'sa1b' is not NAME=PATH"),
    (["--recipe", "fine-tune", "--data", "sa1b=x*0"], "The weight in 'sa1b=x*0' is not a number over 0"),
    (["--recipe", "fine-tune", "--data", "sa1b=x*-1"], "The weight in"),
    (["--recipe", "fine-tune", "--data", "sa1b=x*many"], "The weight in"),
    (["--recipe", "fine-tune", "--data", "sa1b=x", "--validation", "dogs=y"], "'dogs=y' names no data set"),
    (["--recipe", "fine-tune", "--data", "sa1b=x", "--steps", "0"], "--steps 0 is too small"),
    (["--recipe", "fine-tune", "--data", "sa1b=x", "--batch", "0"], "--batch 0 is too small"),
    (["--recipe", "fine-tune", "--data", "sa1b=x", "--save-every", "0"], "--save-every 0 is too small"),
    (["--recipe", "fine-tune", "--data", "sa1b=x", "--threads", "0"], "--threads 0 is not a number of threads"),
    (["--recipe", "fine-tune", "--data", "sa1b=x", "--resume"], "--resume goes on with the recipe"),
    (["--whole", "--data", "sa1b=x", "--resume"], "--resume goes on with the recipe"),
    (["--text-encoder", "x", "--data", "sa1b=x", "--resume"], "--resume goes on with the recipe"),
  ])
  func wrongCalls(arguments: [String], sentence: String) throws {
    try expectRefusal(arguments + ["--output", "run"], code: 64, sentence)
  }

  @Test func missingThings() throws {
    let data = ["--data", "sa1b=\(photographs)", "--output", "run"]
    try expectRefusal(data + ["--recipe", "unknown"], code: 1, "There is no recipe 'unknown'; give one of fine-tune")
    try expectRefusal(data + ["--recipe", "none.json"], code: 1, "There is no file 'none.json'")
    try expectRefusal(
      data + ["--recipe", "fine-tune", "--initialize", "none.safetensors"], code: 1, "There is no file 'none.saf")
    try expectRefusal(data + ["--resume"], code: 1, "'run' holds no saved state of a training run")
    try expectRefusal(
      ["--data", "folder=none", "--recipe", "fine-tune", "--output", "run"], code: 1, "The folder 'none/images' cannot")
    let folder = try TemporaryFolder()
    try folder.write("{\"name\": \"x\"}", to: "r.json")
    try expectRefusal(data + ["--recipe", "r.json"], code: 1, "The recipe 'r.json' cannot be used", in: folder)
    try folder.write("something", to: "run")
    try expectRefusal(data + ["--recipe", "fine-tune", "--initialize", "default"], code: 1, "'run'", in: folder)
  }

  @Test func recipesArePrintedAndReadAgain() throws {
    let folder = try TemporaryFolder()
    for name in ["fine-tune", "sa1b-many-to-many", "sam-many-to-one", "joint-seven", "generic"] {
      let outcome = try Command.run(["train", "recipe", name], in: folder)
      #expect(outcome.code == 0 && outcome.error.isEmpty)
      try folder.write(outcome.text, to: "r.json")
      #expect(try Command.run(["train", "recipe", "r.json"], in: folder).text == outcome.text)
    }
    try expectRefusal(["recipe", "cats"], code: 1, "There is no recipe 'cats'")
  }

  @Test func curvesOfALog() throws {
    let folder = try TemporaryFolder()
    try expectRefusal(["plot", "none"], code: 1, "'none' holds no log of a training run")
    try FileManager.default.createDirectory(
      at: folder.url.appending(path: "run"), withIntermediateDirectories: false)
    let steps = (1...8).map { step in
      "{\"gradient_norm\":\(9 - step),\"loss\":\(20 / step),\"rate\":0.001,\"seconds\":\(step),\"step\":\(step * 10),"
        + "\"terms\":{\"bce\":\(1.0 / Double(step)),\"dice\":0.5}}\n"
    }
    let evaluation = "{\"evaluation\":{\"oracle_miou\":0.5},\"seconds\":8,\"step\":80}\n"
    try folder.write(steps.joined() + evaluation + "{\"half", to: "run/log.jsonl")
    let outcome = try Command.run(["train", "plot", "run", "--output", "c.png"], in: folder)
    #expect(outcome.code == 0 && outcome.error == "Wrote c.png.\n")
    let picture = try Image(decoding: folder.bytes("c.png"))
    #expect(picture.width > 300 && picture.height > 300)
    #expect(try Command.run(["train", "plot", "run"], in: folder).error == "Wrote run/curves.png.\n")
    try expectRefusal(["plot", "run", "--output", "c.jpg"], code: 64, "--output writes PNG", in: folder)
  }

  @Test func aRunFromTheBuiltInWeights() throws {
    let folder = try TemporaryFolder()
    let recipe = try Command.run(["train", "recipe", "fine-tune"]).text
      .replacing("\"height\" : 288", with: "\"height\" : 96").replacing("\"width\" : 384", with: "\"width\" : 128")
      .replacing("\"clickCount\" : 24", with: "\"clickCount\" : 2").replacing("\"boxes\" : 12", with: "\"boxes\" : 1")
      .replacing("\"minimumArea\" : 24", with: "\"minimumArea\" : 1")
    try folder.write(recipe, to: "r.json")
    let data = ["--data", "sa1b=\(photographs)", "--output", "run"]
    let start = ["train", "--recipe", "r.json", "--initialize", "default"] + data
    // The state comes before the first line of the log.
    let outcome = try Command.run(
      start + ["--steps", "2", "--save-every", "1", "--picture-every", "0"], in: folder)
    #expect(outcome.code == 0, "\(outcome.error)")
    #expect(outcome.error.contains("Done: 2 of 2 steps; the weights are in run/model.safetensors."))
    for name in ["curves.png", "log.jsonl", "model.safetensors", "recipe.json", "state.safetensors"] {
      #expect(try !folder.bytes("run/" + name).isEmpty, "\(name)")
    }
    try expectRefusal(Array(start.dropFirst()), code: 1, "'run' holds a training run; go on with --resume", in: folder)
    let longer = try Command.run(
      ["train", "--resume", "--steps", "3", "--picture-every", "0"] + data, in: folder)
    #expect(longer.code == 0 && longer.error.contains("Done: 3 of 3 steps"), "\(longer.error)")
    let info = try Command.run(["info", "run/model.safetensors"], in: folder)
    #expect(info.code == 0, "\(info.error)")
  }

  private var datasets: String {
    URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Fixtures/datasets").standardized.path
  }

  /// A recipe on small pictures, from one that the command prints.
  private func smallRecipe(_ name: String, network: String) throws -> String {
    let text = try Command.run(["train", "recipe", name]).text
    var recipe = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    func edit(_ key: String, _ change: ([String: Any]) -> [String: Any]) {
      recipe[key] = change(recipe[key] as? [String: Any] ?? [:])
    }
    recipe["network"] = network
    recipe["batch"] = 2
    edit("images") { $0.merging(["width": 64, "height": 64, "scale": [0.8, 1.2]]) { $1 } }
    edit("prompts") {
      $0.merging(["clicks": ["clickCount": 3, "targetLimit": 6, "placement": ["deepest": 0, "deep": 0]]]) { $1 }
    }
    edit("generic") { $0.merging(["queries": 10]) { $1 } }
    return String(decoding: try JSONSerialization.data(withJSONObject: recipe), as: UTF8.self)
  }

  /// Any of the seven data sets will do; what is missing or wrong is said in a sentence.
  @Test func mixturesOfDataSets() throws {
    let folder = try TemporaryFolder()
    try folder.write(try smallRecipe("joint-seven", network: "tiny"), to: "r.json")
    let start = ["train", "--recipe", "r.json", "--steps", "2", "--picture-every", "0"]
    let some = ["--data", "coco_panoptic=\(datasets)/coco_panoptic", "--data", "paco=\(datasets)/paco_lvis"]
    let outcome = try Command.run(start + some + ["--output", "run"], in: folder)
    #expect(outcome.code == 0, "\(outcome.error)")
    #expect(
      outcome.error.contains(
        "Of the data sets of 'joint-seven' there are none of sa1b, objects365, ade20k, partimagenet, pascal_part; the "
          + "others keep their weights."))
    #expect(outcome.error.contains("Without --text-encoder the"))
    let resumed = try Command.run(
      ["train", "--resume", "--steps", "3", "--picture-every", "0"] + some + ["--output", "run"], in: folder)
    #expect(resumed.code == 0 && resumed.error.contains("Done: 3 of 3 steps"), "\(resumed.error)")
    let photograph = "\(datasets)/coco_panoptic/val2017/000000000139.jpg"
    for command in ["panoptic", "instances", "parts"] {
      let found = try Command.run(
        [command, photograph, "--checkpoint", "run/model.safetensors", "--output", "\(command).png"], in: folder)
      #expect(found.code == 0, "\(found.error)")
    }

    let prompts = try Command.run(
      start + ["--data", "sa1b=\(datasets)/sa1b", "--output", "sa1b"], in: folder)
    #expect(prompts.code == 0 && prompts.error.contains("name nothing, so only prompts are trained."))
    let beginning = Array(start.dropFirst()) + ["--output", "none"]
    try expectRefusal(
      beginning + ["--data", "bsds500=\(datasets)/bsds500"], code: 1,
      "The recipe 'joint-seven' has no weight for 'bsds500', only for sa1b, objects365,", in: folder)
    try expectRefusal(
      ["--recipe", "fine-tune", "--data", "sa1b=\(datasets)/sa1b", "--text-encoder", "x", "--output", "none"], code: 1,
      "The recipe 'fine-tune' trains no names, so nothing reads --text-encoder", in: folder)
  }

  @Test func queriesOfTheNetworkAlone() throws {
    let folder = try TemporaryFolder()
    try folder.write(try smallRecipe("generic", network: "openseedSwinT"), to: "r.json")
    try expectRefusal(
      ["--recipe", "r.json", "--data", "sa1b=\(datasets)/sa1b", "--output", "run"], code: 1,
      "The network answers no prompts, and the data (sa1b) name nothing", in: folder)
  }

  /// A recipe of the miniature, with few prompts and points.
  private func tinyRecipe() throws -> String {
    let recipe = try Recipe(json: Array(Command.run(["train", "recipe", "sam-many-to-one"]).output), name: "r")
    var small = recipe
    small.network = "tiny"
    small.images.width = 64
    small.images.height = 64
    small.prompts.clicks.clickCount = 2
    small.prompts.rounds = CorrectionRounds(clicks: 1, maskOnly: 1)
    small.loss.points = .uniform(count: 50)
    small.batch = 1
    return String(decoding: try small.json(), as: UTF8.self)
  }

  /// Rounds make weights that take masks; their backbone alone starts another run.
  @Test func aRunWithRoundsAndOneFromABackbone() throws {
    let folder = try TemporaryFolder()
    try folder.write(tinyRecipe(), to: "r.json")
    let data = ["--data", "sa1b=\(photographs)", "--steps", "1", "--picture-every", "0"]
    let first = try Command.run(["train", "--recipe", "r.json", "--output", "run"] + data, in: folder)
    #expect(first.code == 0, "\(first.error)")
    let model = try Checkpoint(contentsOf: folder.url.appending(path: "run/model.safetensors").path())
    #expect(model.entries["model.sem_seg_head.predictor.mask_prompt.logits.weight"]?.shape == [3, 64])
    var writer = SafetensorsWriter(metadata: [:])
    for key in model.entries.keys where key.hasPrefix("model.backbone.") && !key.contains("backbone.norm") {
      try writer.add(String(key.dropFirst(15)), try #require(model.tensor(key)))
    }
    try Data(writer.encoded()).write(to: folder.url.appending(path: "backbone.safetensors"))
    let start = ["train", "--recipe", "r.json", "--initialize", "backbone.safetensors"] + data
    let second = try Command.run(start + ["--output", "second"], in: folder)
    #expect(second.code == 0, "\(second.error)")
    #expect(
      second.error.hasPrefix(
        "Took 117 parameters of the backbone (Swin's authors); everything else, its norm0.weight, norm0.bias, "),
      "\(second.error)")
    #expect(second.error.contains("begins anew; 0 tensors of the file are not used."), "\(second.error)")
    let other = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Fixtures/backbones/torchvision_swin.safetensors").standardized.path
    try expectRefusal(
      ["--recipe", "r.json", "--initialize", other, "--output", "third"] + data, code: 1,
      "does not fit the network's backbone (no 'layers.1.blocks.1.norm1.weight'", in: folder)
  }

  /// As on a full disk: a limit on the size of files stops the run with a sentence, and the last state stays.
  @Test func aLimitOfFilesLeavesTheLastState() throws {
    let folder = try TemporaryFolder()
    try folder.write(tinyRecipe(), to: "r.json")
    let data = ["--data", "sa1b=\(photographs)", "--picture-every", "0"]
    let start = ["train", "--recipe", "r.json", "--output", "run", "--steps", "1"] + data
    #expect(try Command.run(start, in: folder).code == 0)
    let before = try folder.bytes("run/state.safetensors")
    let resume = [Command.executable.path, "train", "--resume", "--output", "run", "--steps", "2"] + data
    let limited = try Command.run(
      ["-c", "ulimit -f 100; exec \"$@\"", "sh"] + resume, in: folder, executable: URL(filePath: "/bin/sh"))
    #expect(limited.code == 1)
    #expect(
      limited.error.contains("semantic-sam: The file 'run/model.safetensors' cannot be written: File too large"),
      "\(limited.error)")
    #expect(
      limited.error.hasSuffix(
        "The run's state after step 1 is in 'run/state.safetensors'; go on from it with --resume.\n"),
      "\(limited.error)")
    #expect(try folder.bytes("run/state.safetensors") == before)
    let done = try Command.run(Array(resume.dropFirst()), in: folder)
    #expect(done.code == 0 && done.error.contains("Done: 2 of 2 steps"), "\(done.error)")
  }
}
