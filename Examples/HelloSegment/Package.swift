// swift-tools-version: 6.3
import PackageDescription

let package = Package(
  name: "HelloSegment",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "semantic-sam", path: "../..")],
  targets: [
    .executableTarget(
      name: "HelloSegment",
      dependencies: [
        .product(name: "SemanticSAMCore", package: "semantic-sam"),
        .product(name: "SemanticSAMImages", package: "semantic-sam"),
        .product(name: "SemanticSAMDefaultModel", package: "semantic-sam"),
      ])
  ]
)
