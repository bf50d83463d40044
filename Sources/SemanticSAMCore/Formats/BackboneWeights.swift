/// A file with a backbone alone: the weights of an ImageNet classifier, which the training of a network starts from.
///
/// Known are the layouts of Swin's authors (keys `layers.0.blocks.0...`, merging at the end of a stage), timm (merging at the
/// beginning of a stage) and torchvision (`features.1.0...`), and EfficientNet-Lite0 in its usual conversion from TensorFlow
/// (`_conv_stem`) and in timm's (`conv_stem`). Keys may stand behind `model.`, `module.` and `backbone.`, and the file may be
/// safetensors or a PyTorch checkpoint. Classifiers are left out.
public struct BackboneWeights: Sendable {
  /// Who named the parameters.
  public enum Layout: String, Sendable {
    case swinAuthors = "Swin's authors"
    case swinTimm = "timm"
    case swinTorchvision = "torchvision"
    case efficientNet = "EfficientNet-Lite0"
    case efficientNetTimm = "EfficientNet-Lite0 of timm"
  }

  /// What became of a backbone's parameters.
  public struct Report: Hashable, Sendable {
    /// The parameters that the file filled, by this library's keys without `model.backbone.`.
    public internal(set) var taken: [String] = []
    /// The backbone's parameters that the file does not have: a Swin's norms of its outputs.
    public internal(set) var fresh: [String] = []
    /// What the file holds beside, by its own keys: classifiers and the like.
    public internal(set) var unused: [String] = []
  }

  public let layout: Layout
  /// How messages call the file.
  let name: String
  private let file: Checkpoint
  /// The file's key of each name without prefixes.
  private let keys: [String: String]

  /// - Returns: `nil` where the file is something else, such as the checkpoint of a whole network.
  public init?(_ file: Checkpoint) {
    var keys: [String: String] = [:]
    for key in file.entries.keys {
      var name = key[...]
      while let prefix = ["model.", "module.", "backbone."].first(where: { name.hasPrefix($0) }) {
        name = name.dropFirst(prefix.count)
      }
      guard !name.hasPrefix("sem_seg_head.") else { return nil }
      keys[String(name)] = key
    }
    func has(_ names: String...) -> Bool { names.allSatisfy { keys[$0] != nil } }
    if has("features.0.0.weight", "features.1.0.attn.qkv.weight") {
      layout = .swinTorchvision
    } else if has("patch_embed.proj.weight", "layers.0.blocks.0.attn.qkv.weight") {
      layout = has("layers.0.downsample.reduction.weight") ? .swinAuthors : .swinTimm
    } else if has("_conv_stem.weight", "_blocks.0._depthwise_conv.weight") {
      layout = .efficientNet
    } else if has("conv_stem.weight", "blocks.0.0.conv_dw.weight") {
      layout = .efficientNetTimm
    } else {
      return nil
    }
    name = file.name
    self.file = file
    self.keys = keys
  }

  /// Fills a backbone.
  /// - Throws: `mismatchedParameters` where it is another network's, or parameters are missing.
  public func fill(_ backbone: inout some Backbone) throws(ModelError) -> Report {
    let isSwin = [.swinAuthors, .swinTimm, .swinTorchvision].contains(layout)
    guard isSwin == (backbone is Swin), isSwin || backbone is EfficientNetLite else {
      throw ModelError(
        .mismatchedParameters,
        "\(name) holds \(isSwin ? "a Swin" : "an EfficientNet-Lite0"), and the network has another backbone; name a "
          + "recipe or network of that backbone.")
    }
    var loader = BackboneLoader(weights: self)
    try backbone.visit(&loader)
    guard loader.problems.isEmpty else {
      let shown = loader.problems.prefix(3).joined(separator: "; ")
      let rest = loader.problems.count > 3 ? "; and \(loader.problems.count - 3) more" : ""
      throw ModelError(
        .mismatchedParameters,
        "\(name) does not fit the network's backbone (\(shown)\(rest)); use ImageNet weights of the same network.")
    }
    var report = loader.report
    report.unused = keys.filter { !loader.used.contains($0.key) && !PublishedKeys.isIgnored($0.key) }
      .map(\.value).sorted()
    return report
  }

  /// The shape and numbers of a parameter by this library's key, and what they were made from.
  fileprivate func parameter(
    _ key: String
  ) throws(ModelError) -> (shape: [Int], tensor: () throws(ModelError) -> Tensor?, names: [String])? {
    switch layout {
    case .swinAuthors, .swinTimm, .swinTorchvision:
      let name = swinName(key)
      guard let original = keys[name], let shape = file.entries[original]?.shape else { return nil }
      return (shape, { () throws(ModelError) in file.tensor(original) }, [name])
    case .efficientNet, .efficientNetTimm:
      let isWeight = key.hasSuffix(".weight")
      guard let module = key.split(separator: ".").dropLast().last,
        let (convolution, norm) = efficientNetNames(String(key.prefix(key.count - (isWeight ? 7 : 5))), module),
        let original = keys[convolution + ".weight"], let shape = file.entries[original]?.shape
      else { return nil }
      let names = [
        convolution + ".weight", norm + ".weight", norm + ".bias", norm + ".running_mean", norm + ".running_var",
        norm + ".num_batches_tracked",
      ]
      return (
        isWeight ? shape : Array(shape.prefix(1)),
        { () throws(ModelError) in
          let folded = try EfficientNetLite.folded(convolution: convolution, norm: norm, file: name) {
            keys[$0].flatMap(file.tensor)
          }
          return isWeight ? folded.weight : folded.bias
        }, names
      )
    }
  }

  /// The file's name of a Swin's parameter.
  private func swinName(_ key: String) -> String {
    let parts = key.split(separator: ".").map(String.init)
    guard layout != .swinAuthors, parts.count > 2, parts[0] == "layers" || parts[0] == "patch_embed" else { return key }
    let rest = { (count: Int) in parts.dropFirst(count).joined(separator: ".") }
    let stage = Int(parts[1]) ?? 0
    if layout == .swinTimm {
      return parts[2] == "downsample" ? "layers.\(stage + 1).\(rest(2))" : key
    }
    if parts[0] == "patch_embed" { return "features.0.\(parts[1] == "proj" ? 0 : 2).\(rest(2))" }
    if parts[2] == "downsample" { return "features.\(2 * stage + 2).\(rest(3))" }
    let layer = rest(4).replacingPrefix("mlp.fc1", with: "mlp.0").replacingPrefix("mlp.fc2", with: "mlp.3")
    return "features.\(2 * stage + 1).\(parts[3]).\(layer)"
  }

  /// The file's names of a convolution of EfficientNet-Lite0 and of the BatchNorm after it.
  /// - Parameters:
  ///   - key: "stem", or "blocks.3.expand".
  ///   - module: its last component.
  private func efficientNetNames(_ key: String, _ module: Substring) -> (convolution: String, norm: String)? {
    let isTimm = layout == .efficientNetTimm
    if module == "stem" { return isTimm ? ("conv_stem", "bn1") : ("_conv_stem", "_bn0") }
    guard let place = ["expand", "depthwise", "project"].firstIndex(of: String(module)),
      let block = key.split(separator: ".").dropFirst().first.flatMap({ Int($0) })
    else { return nil }
    guard isTimm else {
      let names = ["_expand_conv", "_depthwise_conv", "_project_conv"]
      return ("_blocks.\(block).\(names[place])", "_blocks.\(block)._bn\(place)")
    }
    guard let (stage, index) = EfficientNetLite.place(ofBlock: block) else { return nil }
    let prefix = "blocks.\(stage).\(index)."
    // Blocks without expansion have one norm less, and another name for their projection.
    let expands = keys[prefix + "conv_pwl.weight"] != nil
    let names = expands ? ["conv_pw", "conv_dw", "conv_pwl"] : ["", "conv_dw", "conv_pw"]
    return (prefix + names[place], prefix + "bn\(expands ? place + 1 : place)")
  }
}

/// Fills a backbone from a file of it.
private struct BackboneLoader: ParameterVisitor {
  var path = ParameterPath()
  let weights: BackboneWeights
  var report = BackboneWeights.Report()
  var used: Set<String> = []
  var problems: [String] = []

  init(weights: BackboneWeights) { self.weights = weights }

  mutating func visit(_ weights: inout Weights) throws(ModelError) { try visit(&weights.values) }

  mutating func visit(_ parameter: inout Tensor) throws(ModelError) {
    let key = path.key
    guard let source = try weights.parameter(key) else {
      // Classifiers have no norms at the ends of stages.
      if weights.layout != .efficientNet, weights.layout != .efficientNetTimm, key.hasPrefix("norm") {
        report.fresh.append(key)
      } else {
        problems.append("no '\(key)'")
      }
      return
    }
    used.formUnion(source.names)
    guard source.shape == parameter.shape else {
      problems.append("'\(key)' is \(source.shape) instead of \(parameter.shape)")
      return
    }
    guard let tensor = try source.tensor() else { return problems.append("no '\(key)'") }
    parameter = tensor
    report.taken.append(key)
  }
}

extension String {
  fileprivate func replacingPrefix(_ prefix: String, with other: String) -> String {
    hasPrefix(prefix) ? other + dropFirst(prefix.count) : self
  }
}
