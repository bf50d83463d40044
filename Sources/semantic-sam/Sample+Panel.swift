import SemanticSAMCore
import SemanticSAMData
import SemanticSAMDrawing

extension Sample {
  /// The photograph with its regions drawn, and how often each name occurs.
  func panel(_ categories: CategoryTables) throws(ModelError) -> SampleSheet.Panel {
    var counts: [String: Int] = [:]
    for region in regions {
      let object = region.objectCategory.map { categories.objects[$0].name }
      let part = region.partCategory.map { categories.parts[$0].name }
      if let name = region.kind == .part ? part : object { counts[name, default: 0] += 1 }
    }
    let names = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .map { $0.value > 1 ? "\($0.value) \($0.key)" : $0.key }
    return SampleSheet.Panel(
      image: try image.load(), masks: regions.compactMap(\.mask),
      boxes: regions.filter { $0.mask == nil }.map(\.box), title: "\(image.id): \(regions.count) regions",
      detail: names.joined(separator: ", "))
  }
}
