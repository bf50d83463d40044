// swift-tools-version: 6.3
// A package of its own, so that users of the library never build it. Scripts/fuzz runs it.
import PackageDescription

let package = Package(
  name: "fuzz",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "semantic-sam", path: "../..")],
  targets: [
    .executableTarget(
      name: "fuzz-readers",
      dependencies: [
        .product(name: "SemanticSAMCore", package: "semantic-sam"),
        .product(name: "SemanticSAMData", package: "semantic-sam"),
        .product(name: "SemanticSAMImages", package: "semantic-sam"),
      ])
  ]
)
