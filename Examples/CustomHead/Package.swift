// swift-tools-version: 6.3
import PackageDescription

let package = Package(
  name: "CustomHead",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "semantic-sam", path: "../..")],
  targets: [
    .executableTarget(
      name: "CustomHead",
      dependencies: [
        .product(name: "SemanticSAMCore", package: "semantic-sam"),
        .product(name: "SemanticSAMHeads", package: "semantic-sam"),
        .product(name: "SemanticSAMImages", package: "semantic-sam"),
        .product(name: "SemanticSAMDefaultModel", package: "semantic-sam"),
      ])
  ]
)
