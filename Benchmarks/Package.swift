// swift-tools-version: 6.3
// A package of its own, so that whoever depends on the library does not need what only its benchmarks need.
import PackageDescription

let package = Package(
  name: "Benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "semantic-sam", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
  ],
  targets: [
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev"]), .brew(["openblas"])]),
    .target(name: "PeakLoops"),
    .target(
      name: "BenchmarkHarness",
      dependencies: ["PeakLoops", .product(name: "TensorKernels", package: "semantic-sam")]),
    .executableTarget(
      name: "kernel-benchmarks",
      dependencies: [
        "BenchmarkHarness", "COpenBLAS", .product(name: "TensorKernels", package: "semantic-sam"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .executableTarget(
      name: "model-benchmarks",
      dependencies: [
        "BenchmarkHarness",
        .product(name: "SemanticSAMCore", package: "semantic-sam"),
        .product(name: "SemanticSAMDefaultModel", package: "semantic-sam"),
        .product(name: "SemanticSAMDrawing", package: "semantic-sam"),
        .product(name: "SemanticSAMImages", package: "semantic-sam"),
        .product(name: "TensorKernels", package: "semantic-sam"),
      ]),
    .executableTarget(
      name: "training-benchmarks",
      dependencies: [
        "BenchmarkHarness",
        .product(name: "SemanticSAMCore", package: "semantic-sam"),
        .product(name: "SemanticSAMDefaultModel", package: "semantic-sam"),
        .product(name: "TensorKernels", package: "semantic-sam"),
      ]),
    .executableTarget(
      name: "text-benchmarks",
      dependencies: [
        .product(name: "SemanticSAMCore", package: "semantic-sam"),
        .product(name: "SemanticSAMData", package: "semantic-sam"),
        .product(name: "SemanticSAMDefaultModel", package: "semantic-sam"),
        .product(name: "SemanticSAMImages", package: "semantic-sam"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .executableTarget(
      name: "annotation-benchmarks",
      dependencies: [
        .product(name: "SemanticSAMData", package: "semantic-sam"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
  ],
  cLanguageStandard: .c17
)
