import SemanticSAMCore
import SemanticSAMData

/// Where the masks of photographs go, one photograph after the other.
protocol MaskDestination {
  func contains(_ photograph: Photograph) -> Bool
  mutating func add(_ photograph: Photograph, width: Int, height: Int, masks: [Candidate]) throws(ModelError)
  /// Writes what is not written yet. A run that has nothing to add leaves files alone.
  mutating func finish() throws(ModelError)
  /// The file or folder that is written; `nil` for standard output.
  var place: String? { get }
  /// What goes to standard output in the end.
  func report(photographs: Int) throws(ModelError) -> [UInt8]
}

extension MaskExport: MaskDestination {
  func contains(_ photograph: Photograph) -> Bool { contains(photograph.path) }

  mutating func add(_ photograph: Photograph, width: Int, height: Int, masks: [Candidate]) throws(ModelError) {
    try add(photograph.path, width: width, height: height, masks: masks)
  }

  func finish() {}

  var place: String? { folder }

  func report(photographs: Int) -> [UInt8] {
    Array("\(maskCount) masks of \(photographs) photographs\n".utf8)
  }
}

/// One file in the form of COCO, which is written again and again while it grows.
struct COCOFile: MaskDestination {
  /// `nil` for standard output.
  let place: String?
  /// To be made with the first writing.
  private let folder: String?
  private var document: COCOMaskDocument
  private var isWritten = true
  private var lastWriting: (end: ContinuousClock.Instant, time: Duration) = (.now, .zero)

  /// The file is written again whenever this many times the last writing has passed, so that an interruption costs little and
  /// writing takes a small share of a long run.
  private static let workPerWriting = 20

  /// Makes or continues a file; `nil` for standard output.
  /// - Throws: as `COCOMaskDocument.init(continuing:_:classes:)`.
  init(_ path: String?, _ settings: RunSettings, classes: ClassList = ClassList(nil)) throws(ModelError) {
    try self.init(place: path, folder: nil, settings, classes: classes)
  }

  /// Makes or continues `annotations.json` of a folder, which need not be there.
  init(folder: String, _ settings: RunSettings, classes: ClassList) throws(ModelError) {
    try self.init(place: folder + "/annotations.json", folder: folder, settings, classes: classes)
  }

  private init(
    place: String?, folder: String?, _ settings: RunSettings, classes: ClassList
  ) throws(ModelError) {
    self.place = place
    self.folder = folder
    if let place, FileIdentity.isWritten(place) {
      document = try COCOMaskDocument(continuing: place, settings, classes: classes)
    } else {
      document = COCOMaskDocument(settings, classes: classes)
    }
  }

  func contains(_ photograph: Photograph) -> Bool { document.contains(photograph.name) }

  mutating func add(_ photograph: Photograph, width: Int, height: Int, masks: [Candidate]) throws(ModelError) {
    try document.add(photograph.name, width: width, height: height, masks: masks)
    isWritten = false
    if ContinuousClock.now - lastWriting.end >= lastWriting.time * Self.workPerWriting { try write() }
  }

  mutating func finish() throws(ModelError) {
    if !isWritten { try write() }
  }

  private mutating func write() throws(ModelError) {
    guard let place else { return }
    let start = ContinuousClock.now
    if let folder { try Folder.make(folder) }
    try AtomicFile.write(try document.encoded(), to: place)
    isWritten = true
    lastWriting = (ContinuousClock.now, ContinuousClock.now - start)
  }

  func report(photographs: Int) throws(ModelError) -> [UInt8] {
    place == nil
      ? try document.encoded()
      : Array("\(document.maskCount) masks of \(document.imageCount) photographs\n".utf8)
  }
}
