/// Which parts of PASCAL Part are told apart, and what they are called.
public enum PASCALPartVocabulary: String, Hashable, Sendable, CaseIterable {
  /// The names of the publisher, such as "lfuleg", without the numbers that tell equal parts apart ("wheel_1").
  case original
  /// The 93 parts of 14 objects of VLPart, which Semantic-SAM trains on: left and right are merged, and what has no
  /// category is left out. A part is what the first name of its object's list is contained in ("chainwheel" is a wheel).
  case parts93 = "93"
  /// The 116 parts of 17 objects of the benchmark OV-PARTS.
  case parts116 = "116"
  /// The 57 groups of PASCAL Panoptic Parts. Parts of an object in one group are one region. The five objects whose only
  /// group is the whole, and the frame of a monitor, have no region of their own.
  case groups57 = "57"

  /// What an object and one of its parts are called.
  /// - Parameters:
  ///   - object: the class of the publisher, such as "pottedplant".
  ///   - part: the part of the publisher, such as "wheel_1"; without it the object alone is named.
  /// - Returns: `nil` where the vocabulary does not have the object or the part.
  public func name(object: String, part: String? = nil) -> (object: String, part: String)? {
    guard let known = Self.published.first(where: { $0.name == object }) else { return nil }
    let plain = part.map(Self.withoutNumber)
    switch self {
    case .original:
      return (object, plain ?? "")
    case .parts93:
      guard let list = Self.lists93[object] else { return nil }
      let name = object == "pottedplant" ? "potted plant" : object
      guard let plain else { return (name, "") }
      let shorts = ["license plate": "liplate", "paw": "pa"]
      return list.first { plain.contains(shorts[$0] ?? $0) }.map { (name, $0) }
    case .parts116:
      guard !known.parts.isEmpty else { return nil }
      return plain.map { (object, Self.withoutSide($0, of: object)) } ?? (object, "")
    case .groups57:
      return plain.map { plain in Self.group(plain, of: object).map { (object, $0) } } ?? (object, "")
    }
  }

  /// The objects, and the parts of all of them, both in alphabetical order.
  var categories: CategoryTables {
    let objects = Set(Self.published.compactMap { name(object: $0.name)?.object })
    let parts = Set(pairs.map(\.part))
    return CategoryTables(
      objects: objects.sorted().enumerated().map { Category(id: $0, name: $1) },
      parts: parts.sorted().enumerated().map { Category(id: $0, name: $1) })
  }

  /// Every pair of an object and a part that a region can have.
  var pairs: Set<Pair> {
    var pairs: Set<Pair> = []
    for object in Self.published {
      for part in object.parts {
        if let name = name(object: object.name, part: part) { pairs.insert(Pair(object: name.object, part: name.part)) }
      }
    }
    return pairs
  }

  struct Pair: Hashable {
    var object: String
    var part: String
  }

  /// "wheel_1" is a "wheel".
  private static func withoutNumber(_ part: String) -> String {
    guard let line = part.lastIndex(of: "_"), part[line...].dropFirst().allSatisfy(\.isNumber) else { return part }
    return String(part[..<line])
  }

  // MARK: - The publisher's names

  /// The 20 classes with the names of the parts that they can have.
  public static let published: [(name: String, parts: [String])] = [
    ("aeroplane", ["body", "stern", "lwing", "rwing", "tail", "engine", "wheel"]),
    ("bicycle", ["fwheel", "bwheel", "saddle", "handlebar", "chainwheel", "headlight"]),
    (
      "bird",
      [
        "head", "leye", "reye", "beak", "torso", "neck", "lwing", "rwing", "lleg", "lfoot", "rleg", "rfoot", "tail",
      ]
    ),
    ("boat", []),
    ("bottle", ["cap", "body"]),
    ("bus", vehicle),
    ("car", vehicle),
    ("cat", face + ["nose"] + trunk + pawedLegs),
    ("chair", []),
    ("cow", face + ["muzzle", "lhorn", "rhorn"] + trunk + jointedLegs),
    ("dog", face + ["nose"] + trunk + pawedLegs + ["muzzle"]),
    ("horse", face + ["muzzle", "lfho", "rfho", "lbho", "rbho"] + trunk + jointedLegs),
    ("motorbike", ["fwheel", "bwheel", "handlebar", "saddle", "headlight"]),
    (
      "person",
      face + [
        "lebrow", "rebrow", "nose", "mouth", "hair", "torso", "neck", "llarm", "luarm", "lhand", "rlarm", "ruarm",
        "rhand", "llleg", "luleg", "lfoot", "rlleg", "ruleg", "rfoot",
      ]
    ),
    ("pottedplant", ["pot", "plant"]),
    ("sheep", face + ["muzzle", "lhorn", "rhorn"] + trunk + jointedLegs),
    ("sofa", []),
    ("table", []),
    (
      "train",
      [
        "head", "hfrontside", "hleftside", "hrightside", "hbackside", "hroofside", "headlight", "coach", "cfrontside",
        "cleftside", "crightside", "cbackside", "croofside",
      ]
    ),
    ("tvmonitor", ["screen"]),
  ]

  private static let vehicle = [
    "frontside", "leftside", "rightside", "backside", "roofside", "leftmirror", "rightmirror", "fliplate", "bliplate",
    "door", "wheel", "headlight", "window",
  ]
  private static let face = ["head", "leye", "reye", "lear", "rear"]
  private static let trunk = ["torso", "neck", "tail"]
  private static let pawedLegs = ["lfleg", "lfpa", "rfleg", "rfpa", "lbleg", "lbpa", "rbleg", "rbpa"]
  private static let jointedLegs = ["lfuleg", "lflleg", "rfuleg", "rflleg", "lbuleg", "lblleg", "rbuleg", "rblleg"]

  // MARK: - 93 parts

  /// In the order in which names are tried.
  private static let lists93: [String: [String]] = [
    "aeroplane": ["body", "wing", "tail", "wheel"],
    "bicycle": ["wheel", "handlebar", "saddle"],
    "bird": ["beak", "head", "eye", "leg", "foot", "wing", "neck", "tail", "torso"],
    "bottle": ["body", "cap"],
    "bus": ["license plate", "headlight", "door", "mirror", "window", "wheel"],
    "car": ["license plate", "headlight", "door", "mirror", "window", "wheel"],
    "cat": ["head", "leg", "ear", "eye", "paw", "neck", "nose", "tail", "torso"],
    "cow": ["head", "leg", "ear", "eye", "neck", "horn", "muzzle", "tail", "torso"],
    "dog": ["head", "leg", "ear", "eye", "paw", "neck", "nose", "muzzle", "tail", "torso"],
    "horse": ["head", "leg", "ear", "eye", "neck", "muzzle", "tail", "torso"],
    "motorbike": ["wheel", "handlebar", "headlight", "saddle"],
    "person": [
      "hair", "head", "ear", "eye", "nose", "neck", "mouth", "arm", "hand", "leg", "foot", "torso",
    ],
    "pottedplant": ["plant", "pot"],
    "sheep": ["head", "leg", "ear", "eye", "neck", "horn", "muzzle", "tail", "torso"],
  ]

  // MARK: - 116 parts

  /// The part without left, right, front and back: "lfuleg" is a "leg".
  private static func withoutSide(_ part: String, of object: String) -> String {
    switch part {
    case "llarm", "rlarm": return "lower arm"
    case "luarm", "ruarm": return "upper arm"
    case "lebrow", "rebrow": return "eyebrow"
    case "fliplate", "bliplate": return "license plate"
    case "lfpa", "rfpa", "lbpa", "rbpa": return "paw"
    case "lfho", "rfho", "lbho", "rbho": return "hoof"
    case "chainwheel": return part
    default: break
    }
    for (ending, name) in [
      ("frontside", "front"), ("backside", "back"), ("roofside", "roof"), ("leftside", "side"), ("rightside", "side"),
    ] where part.hasSuffix(ending) {
      return name
    }
    for name in ["wing", "wheel", "eye", "ear", "leg", "foot", "horn", "hand", "mirror"] where part.hasSuffix(name) {
      return name
    }
    return part
  }

  // MARK: - 57 groups

  /// The group of a part, as `ppq_ppp_59_57_cvpr21_default_evalspec.yaml` of PASCAL Panoptic Parts maps the labels.
  private static func group(_ part: String, of object: String) -> String? {
    let name = withoutSide(part, of: object)
    switch object {
    case "aeroplane":
      return name == "tail" ? "stern" : name
    case "bicycle", "motorbike":
      return name == "wheel" || name == "chainwheel" ? "wheel" : "body"
    case "bird":
      return ["wing": "wing", "leg": "leg", "foot": "leg", "torso": "torso", "neck": "torso", "tail": "torso"][name]
        ?? "head"
    case "bus":
      return name == "window" || name == "wheel" ? name : "body"
    case "car":
      let own = ["window": "window", "wheel": "wheel", "headlight": "light", "license plate": "license plate"]
      return own[name] ?? "body"
    case "cat", "dog", "cow", "horse":
      let leg = object == "horse" ? "leg" : "lower leg"
      return [
        "torso": "torso", "neck": "torso", "tail": "tail", "leg": leg, "paw": leg, "hoof": leg,
      ][name] ?? "head"
    case "sheep":
      return ["torso": "torso", "neck": "torso", "tail": "torso", "leg": "leg"][name] ?? "head"
    case "person":
      switch part {
      case "torso", "neck": return "torso"
      case "llarm", "rlarm", "lhand", "rhand": return "lower arm"
      case "luarm", "ruarm": return "upper arm"
      case "llleg", "rlleg", "lfoot", "rfoot": return "lower leg"
      case "luleg", "ruleg": return "upper leg"
      default: return "head"
      }
    case "train":
      return "train"
    case "bottle", "pottedplant", "tvmonitor":
      return name
    default:
      return nil
    }
  }
}
