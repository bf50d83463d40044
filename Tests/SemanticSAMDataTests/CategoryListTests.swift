import SemanticSAMData
import Testing

struct CategoryListTests {
  @Test(arguments: [
    (CategoryList.Identifier.ade20k, 150), (.ade20kThings, 100), (.ade20kFull, 847), (.cocoPanoptic, 133),
    (.cocoThings, 80), (.objects365, 365), (.paco, 531), (.partImageNet, 40), (.pascalPart116, 116),
    (.pascalPart57, 57), (.pascalPart, 93), (.pascalPartBase, 77),
  ])
  func listsAreEmbedded(_ identifier: CategoryList.Identifier, _ count: Int) throws {
    let list = try CategoryList(identifier)
    #expect(list.categories.count == count)
    #expect(Set(list.categories.map(\.id)).count == count)
    #expect(list.categories.allSatisfy { !$0.name.isEmpty && !$0.name.hasSuffix(" ") })
    #expect(!list.licence.isEmpty && !list.source.isEmpty && !list.title.isEmpty)
  }

  @Test func wrongNamesArePutRight() throws {
    let objects = try CategoryList(.objects365)
    let published = try CategoryList(.objects365, spelling: .reference)
    #expect(objects.category(id: 38)?.name == "monitor/tv")
    #expect(published.category(id: 38)?.name == "Moniter/TV")
    #expect(published.category(id: 365)?.name == "Table Tennis ")
    let parts = try CategoryList(.partImageNet)
    #expect(parts.category(id: 26)?.part == "side mirror")
    #expect(parts.category(id: 25)?.part == "tire")
    let reference = try CategoryList(.partImageNet, spelling: .reference)
    #expect(reference.category(id: 26)?.part == "side")
    #expect(reference.category(id: 25)?.part == "tier")
    #expect(try CategoryList(.ade20k).category(id: 8)?.name == "window")
  }

  @Test func objectsOfParts() throws {
    let paco = try CategoryList(.paco)
    #expect(paco.category(id: 207)?.object == "car (automobile)")
    #expect(paco.category(id: 207)?.part == nil)
    #expect(paco.categories.count { $0.part == nil } == 75)
    let reference = try CategoryList(.paco, spelling: .reference)
    #expect(reference.category(id: 207)?.object == "car")
    #expect(Set(reference.categories.compactMap(\.object)).count == 75)
    let pascal = try CategoryList(.pascalPart)
    #expect(Set(pascal.categories.compactMap(\.object)).count == 14)
    #expect(Set(pascal.categories.compactMap(\.part)).count == 30)
    #expect(try CategoryList.otherVocabularies()["cityscapes"]?.count == 19)
  }

  @Test func namesInFilesAreSplit() {
    #expect(CategoryNaming.colon.split("car:back left door") == ("car", "back left door"))
    #expect(CategoryNaming.colon.split("person") == ("person", nil))
    #expect(CategoryNaming.paco.split("car_(automobile):wheel") == ("car (automobile)", "wheel"))
    #expect(CategoryNaming.paco.split("car_(automobile):wheel", asReference: true) == ("car", "wheel"))
    #expect(CategoryNaming.paco.split("trash_can") == ("trash can", nil))
    #expect(CategoryNaming.firstWord.split("Car Side Mirror") == ("car", "side mirror"))
    #expect(CategoryNaming.firstWord.split("Car Side Mirror", asReference: true) == ("car", "side"))
    #expect(CategoryNaming.firstWord.split("Bicycle Tier") == ("bicycle", "tire"))
    #expect(CategoryNaming.objects365.split("Table Teniis paddle") == ("table tennis paddle", nil))
    #expect(CategoryNaming.objects365.split("Table Teniis paddle", asReference: true) == ("table teniis paddle", nil))
  }
}
