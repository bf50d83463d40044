/// How the keys of the published checkpoints become those of this library: `model.` before each name, one key for each
/// parameter.
enum PublishedKeys {
  /// The library's key of a checkpoint's, with or without `module.` and `model.` before it; nil for what a network
  /// computes anew or only training needs.
  static func canonical(_ key: String) -> String? {
    var name = key[...]
    for prefix in ["module.", "model."] where name.hasPrefix(prefix) { name = name.dropFirst(prefix.count) }
    guard !isIgnored(String(name)) else { return nil }
    let predictor = "sem_seg_head.predictor."
    guard name.hasPrefix(predictor) else { return "model." + name }
    return "model." + predictor + parameter(name.dropFirst(predictor.count))
  }

  /// Whether a name is one of training, or of a table that follows from a window's size.
  static func isIgnored(_ name: String) -> Bool {
    ["trainer", "optimizer", "scheduler", "iteration"].contains(name) || name.hasPrefix("criterion.")
      || name.hasPrefix("criterion_")
      || name.hasSuffix(".relative_position_index")
  }

  /// Whether a key of this library is that of the text encoder that a checkpoint may hold beside its network; it is loaded
  /// by itself, where it is needed.
  static func isOfTextEncoder(_ key: String) -> Bool {
    key.hasPrefix("model.sem_seg_head.predictor.lang_encoder.")
  }

  /// The reference registers its decoder's norm and its box head under several names, the head once for each layer.
  private static func parameter(_ name: Substring) -> Substring {
    if name.hasPrefix("decoder.norm.") { return "decoder_norm." + name.dropFirst("decoder.norm.".count) }
    let head = "bbox_embed."
    let layered = name.hasPrefix("decoder.") ? name.dropFirst("decoder.".count) : name
    guard layered.hasPrefix(head) else { return name }
    let rest = layered.dropFirst(head.count)
    let layer = rest.prefix { $0.isASCII && $0.isNumber }
    guard (1...2).contains(layer.count), rest.dropFirst(layer.count).hasPrefix(".") else { return name }
    return "_" + head + rest.dropFirst(layer.count + 1)
  }
}
