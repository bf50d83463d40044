import SemanticSAMCore
import SemanticSAMData

extension RecognitionRun {
  /// What is written of all photographs.
  struct Documents {
    private let task: Task
    private let list: CategoryNames
    private let ids: [Int64]
    private var panoptic: PanopticWriter
    private var results = COCOResultsWriter()
    private var semantic: SemanticDocument
    private(set) var polygons = PolygonDocument()
    private var rows: [(name: String, count: Int, score: Float?, area: Int)] = []
    private var imageCount = 0

    init(_ task: Task, _ list: CategoryNames, ids: [Int64]) {
      self.task = task
      self.list = list
      self.ids = ids
      panoptic = PanopticWriter(categories: list.objects.map(\.category))
      semantic = SemanticDocument(names: list.objects.map(\.name))
    }

    /// Adds a photograph.
    /// - Returns: its regions, and the PNG of its map where the task has one.
    mutating func add(
      _ recognition: SceneRecognition, photograph index: Int, name: String, mapName: String?, threshold: Float
    ) throws(ModelError) -> (regions: [NamedRegion], map: [UInt8]?) {
      var regions: [NamedRegion]
      var map: [UInt8]?
      switch task {
      case .panoptic:
        let segmentation = try recognition.panoptic()
        regions = try segmentation.regions()
        try panoptic.add(segmentation, fileName: name, mapName: mapName, imageID: ids[index])
        map = try segmentation.encodePNG()
      case .semantic:
        let categories = try recognition.semanticMap()
        regions = try categories.regions()
        semantic.add(categories, fileName: name)
        map = try categories.encodePNG()
      case .instances:
        let instances = try recognition.instances().filter { $0.score >= threshold }
        regions = instances.map(NamedRegion.init)
        for instance in instances {
          results.add(
            mask: instance.mask, box: instance.box, category: list.objects[instance.category].id, name: instance.name,
            score: instance.score, imageID: ids[index])
        }
      case .parts:
        let parts = try recognition.parts().filter { $0.score >= threshold }
        regions = parts.map(NamedRegion.init)
        for part in parts {
          results.add(
            mask: part.mask, box: part.box, category: list.parts[part.category].id, name: part.fullName,
            score: part.score, imageID: ids[index])
        }
      }
      polygons.add(regions, image: name)
      count(regions)
      imageCount += 1
      return (regions, map)
    }

    private mutating func count(_ regions: [NamedRegion]) {
      for region in regions {
        if let place = rows.firstIndex(where: { $0.name == region.name }) {
          rows[place].count += 1
          rows[place].area += region.mask.area
          rows[place].score = region.score.map { max($0, rows[place].score ?? 0) }
        } else {
          rows.append((region.name, 1, region.score, region.mask.area))
        }
      }
    }

    func json() throws(ModelError) -> [UInt8] {
      switch task {
      case .panoptic: try panoptic.encoded()
      case .semantic: try semantic.encoded()
      case .instances, .parts: try results.encoded()
      }
    }

    /// The names that were found, those with the largest area first.
    func table(isFolder: Bool) -> String {
      let sorted = rows.sorted { ($1.area, $0.name) < ($0.area, $1.name) }
      var cells = [["count", "score", "area", "name"]]
      for row in sorted { cells.append(["\(row.count)", Self.twoDecimals(row.score), "\(row.area)", row.name]) }
      let widths = cells[0].indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
      let lines = cells.map { row in
        let padded = zip(row, widths).dropLast().map { String(repeating: " ", count: $1 - $0.count) + $0 }
        return (padded + row.suffix(1)).joined(separator: "  ") + "\n"
      }
      return lines.joined() + (isFolder ? "\(imageCount) photographs\n" : "")
    }

    private static func twoDecimals(_ value: Float?) -> String {
      guard let value, value.isFinite else { return "-" }
      let hundredths = Int((abs(value) * 100).rounded())
      return "\(hundredths / 100)." + (hundredths % 100 < 10 ? "0" : "") + "\(hundredths % 100)"
    }
  }
}
