import Foundation
import Testing

@testable import SemanticSAMCore

struct ConfigurationTests {
  @Test func theConfigurationRoundTrips() throws {
    let configuration = try TestModels.configuration()
    let data = try JSONEncoder().encode(configuration)
    #expect(try Configuration(json: String(decoding: data, as: UTF8.self)) == configuration)
    // What it writes are the names that it reads, and nothing is lost but what it does not know.
    let written = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let source = try #require(
      try JSONSerialization.jsonObject(with: Data(TestModels.configurationJSON.utf8)) as? [String: Any])
    for (key, value) in written {
      guard let fields = value as? [String: Any], let original = source[key] as? [String: Any] else { continue }
      for (name, field) in fields {
        #expect((field as? NSObject)?.isEqual(original[name]) == true, "\(key).\(name)")
      }
    }
  }

  @Test(.enabled(if: SharedData.folder != nil)) func theSharedConfigurationIsTheCheckpoints() throws {
    let path = (SharedData.folder ?? "") + "/parity/configs/default.json"
    let json = try #require(FileManager.default.contents(atPath: path))
    #expect(try Configuration(json: String(decoding: json, as: UTF8.self)) == TestModels.configuration())
  }

  @Test(arguments: [
    "", "null", "[]", "{}", "{\"model\":\"default\"}", "not JSON", "\u{0}", String(repeating: "[", count: 100_000),
    String(repeating: "{\"model\":", count: 100_000),
  ])
  func whatIsNoConfigurationIsRefused(json: String) {
    expectRefusal(.invalidConfiguration, containing: "configuration") { try Configuration(json: json) }
  }

  /// Every key is either needed or one of the switches.
  @Test func missingKeysAreNamed() throws {
    let optional = ["starting_boxes", "mask_prior", "mask_refiner", "names"]
    for key in ["model", "image", "backbone", "pixel_decoder", "decoder"] + optional {
      let json = try TestModels.json { $0[key] = nil }
      if optional.contains(key) {
        _ = try Configuration(json: json)
      } else {
        expectRefusal(.invalidConfiguration, containing: "'\(key)' is missing") { try Configuration(json: json) }
      }
    }
    let noHeads = try TestModels.json { $0.edit("decoder") { $0["self_attention_heads"] = nil } }
    expectRefusal(.invalidConfiguration, containing: "'decoder.self_attention_heads' is missing") {
      try Configuration(json: noHeads)
    }
  }

  /// Part, key and a value as JSON that no network can have.
  @Test(arguments: [
    ("backbone", "kind", "\"resnet50\\n\""), ("backbone", "channels", "[24,40,112]"),
    ("backbone", "channels", "[24,40,112,1073741824]"), ("image", "mean", "[127,127]"), ("image", "mean", "[]"),
    ("image", "std", "[128,0,128]"), ("image", "std", "[128,-1,128]"), ("image", "std", "[1e39,1,1]"),
    ("image", "mean", "[1e400,1,1]"), ("image", "size_divisibility", "0"), ("image", "size_divisibility", "33"),
    ("image", "long_edge_inference", "0"), ("image", "long_edge_inference", "-384"),
    ("image", "long_edge_inference", "1000000"), ("image", "long_edge_inference", "null"),
    ("image", "long_edge_inference", "384.5"), ("pixel_decoder", "conv_dim", "0"), ("pixel_decoder", "conv_dim", "128"),
    ("pixel_decoder", "conv_dim", "-96"), ("pixel_decoder", "conv_dim", "97"),
    ("pixel_decoder", "mask_dim", "0"), ("pixel_decoder", "mask_dim", "9223372036854775807"),
    ("pixel_decoder", "layers", "0"), ("pixel_decoder", "layers", "1000000"), ("pixel_decoder", "heads", "0"),
    ("pixel_decoder", "heads", "-8"), ("pixel_decoder", "heads", "7"), ("pixel_decoder", "points", "0"),
    ("pixel_decoder", "points", "17"), ("pixel_decoder", "levels", "3"), ("pixel_decoder", "ffn_dim", "0"),
    ("pixel_decoder", "ffn_dim", "1e12"), ("pixel_decoder", "group_norm_groups", "0"),
    ("pixel_decoder", "group_norm_groups", "31"), ("pixel_decoder", "heads", "\"8\""),
    ("decoder", "hidden_dim", "64"), ("decoder", "layers", "-1"), ("decoder", "self_attention_heads", "0"),
    ("decoder", "self_attention_heads", "5"), ("decoder", "cross_attention_heads", "0"),
    ("decoder", "cross_attention_points", "0"), ("decoder", "levels", "0"), ("decoder", "ffn_dim", "-1"),
    ("decoder", "mask_tokens", "0"), ("decoder", "mask_tokens", "5"), ("decoder", "mask_tokens", "1000000000"),
    ("decoder", "prompt_kinds", "0"), ("decoder", "labels", "0"), ("decoder", "box_queries", "0"),
    ("decoder", "box_queries", "7"), ("decoder", "point_kind", "2"), ("decoder", "box_kind", "-1"),
    ("decoder", "level_to_token", "{\"1\":0,\"2\":0}"), ("decoder", "level_to_token", "{\"1\":6}"),
    ("decoder", "level_to_token", "{\"1\":-1}"), ("decoder", "click_size", "0"), ("decoder", "click_size", "1.5"),
    ("starting_boxes", "half_widths", "[0.1]"), ("starting_boxes", "half_widths", "[1,1,1,1,1,0]"),
    ("starting_boxes", "half_widths", "[1,1,1,1,1,-1]"), ("starting_boxes", "half_widths", "[1,1,1,1,1,1e39]"),
    ("mask_prior", "floor", "1e39"), ("mask_prior", "floor", "\"NaN\""), ("mask_refiner", "grid", "1"),
    ("mask_refiner", "grid", "100000"), ("mask_refiner", "extent", "0"), ("mask_refiner", "extent", "1e10"),
    ("mask_refiner", "channels", "0"), ("mask_refiner", "reduced", "[16,16]"),
    ("mask_refiner", "reduced", "[16,16,0]"), ("mask_refiner", "dilations", "[0]"),
    ("mask_refiner", "dilations", "[1000000]"), ("names", "features", "431"), ("names", "text_dimension", "0"),
    ("names", "text_dimension", "1000000000"),
  ])
  func hostileValuesAreRefused(part: String, key: String, value: String) throws {
    let json = try TestModels.json { configuration in
      try configuration.edit(part) {
        $0[key] = try JSONSerialization.jsonObject(with: Data("\"@\"".utf8), options: .fragmentsAllowed)
      }
    }
    // The value is put in as text, because numbers beyond a double cannot pass through a dictionary.
    let hostile = json.replacingOccurrences(of: "\"@\"", with: value)
    #expect(hostile != json)
    expectRefusal(.invalidConfiguration) { try Configuration(json: hostile) }
  }

  @Test func levelsFollowTheirTokens() throws {
    let json = try TestModels.json {
      $0.edit("decoder") { $0["level_to_token"] = ["1": 5, "2": 4, "3": 3, "4": 2, "5": 1, "6": 0] }
    }
    #expect(try Configuration(json: json).tokenOfLevel == [5, 4, 3, 2, 1, 0])
    let absent = try TestModels.json { $0.edit("decoder") { $0["level_to_token"] = nil } }
    #expect(try Configuration(json: absent).tokenOfLevel == [0, 1, 2, 3, 4, 5])
  }

  /// The bound that protects from claims is a bound, and not an idle one.
  @Test func theLeastParameterCountIsBelowTheTrueOne() throws {
    for edit: (inout [String: Any]) -> Void in [
      { _ in }, { $0["names"] = nil }, { $0["mask_refiner"] = nil },
      { $0.edit("pixel_decoder") { $0["layers"] = 9 } }, { $0.edit("decoder") { $0["ffn_dim"] = 16384 } },
      {
        $0.edit("pixel_decoder") {
          $0["heads"] = 32
          $0["points"] = 16
        }
      },
      { $0.edit("mask_refiner") { $0["channels"] = 128 } },
    ] {
      let configuration = try Configuration(json: TestModels.json(edit))
      let count = Network(configuration, objectCount: 70, partCount: 30).parameterCount
      let least = configuration.leastParameterCount(names: configuration.names == nil ? 0 : 100)
      // The backbone, 3 M numbers, is left out, and so are layers of a fixed number.
      #expect(least <= count && least >= count - 4_000_000, "\(least) of \(count)")
    }
  }

  @Test func aNetworkThatTheFileCannotFillIsNotBuilt() throws {
    var writer = SafetensorsWriter(metadata: [
      "configuration": try TestModels.json {
        $0.edit("pixel_decoder") {
          $0["conv_dim"] = 2048
          $0["ffn_dim"] = 16384
          $0["layers"] = 64
          $0["group_norm_groups"] = 32
        }
        $0.edit("decoder") {
          $0["hidden_dim"] = 2048
          $0["ffn_dim"] = 16384
          $0["layers"] = 64
        }
      }
    ])
    try writer.add("a", Tensor([1], shape: [1]))
    let bytes = try writer.encoded()
    expectRefusal(.mismatchedParameters, containing: "holds 1 numbers") {
      try SemanticSAM.load(.bytes(bytes, name: "hostile"))
    }
    // Two million names of one letter would ask for 66 GB of vocabulary.
    let names = "[" + Array(repeating: "\"a\"", count: 2_000_000).joined(separator: ",") + "]"
    let many = SafetensorsWriter(metadata: [
      "configuration": try TestModels.json { $0.edit("names") { $0["text_dimension"] = 8192 } }, "object_names": names,
    ])
    let manyBytes = try many.encoded()
    expectRefusal(.mismatchedParameters) { try SemanticSAM.load(.bytes(manyBytes, name: "hostile")) }
  }
}
