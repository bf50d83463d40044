// swift-tools-version: 6.3
// The oldest supported toolchain is Swift 6.3: earlier package managers refuse `unsafeFlags` in a dependency, and
// without -O3 a debug build of whoever uses the library would run its kernels at a fiftieth of their speed.
import PackageDescription

/// Kernels keep `a * b + c` as two roundings unless they say `fma`, so that all instruction sets agree to the bit.
let kernelFlags: [CSetting] = [.unsafeFlags(["-O3", "-ffp-contract=off"])]

let package = Package(
  name: "semantic-sam",
  platforms: [.macOS(.v15), .iOS(.v18)],
  products: [
    .library(name: "TensorKernels", targets: ["TensorKernels"]),
    .library(name: "SemanticSAMCore", targets: ["SemanticSAMCore"]),
    .library(name: "SemanticSAMText", targets: ["SemanticSAMText"]),
    .library(name: "SemanticSAMHeads", targets: ["SemanticSAMHeads"]),
    .library(name: "SemanticSAMData", targets: ["SemanticSAMData"]),
    .library(name: "SemanticSAMImages", targets: ["SemanticSAMImages"]),
    .library(name: "SemanticSAMDrawing", targets: ["SemanticSAMDrawing"]),
    .library(name: "SemanticSAMDefaultModel", targets: ["SemanticSAMDefaultModel"]),
    .executable(name: "semantic-sam", targets: ["semantic-sam"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    // Libraries of the system.
    .systemLibrary(
      name: "COpenBLAS", path: "Sources/System/COpenBLAS", pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev"]), .brew(["openblas"])]),
    .systemLibrary(
      name: "CLAPACKE", path: "Sources/System/CLAPACKE", pkgConfig: "lapacke",
      providers: [.apt(["liblapacke-dev"]), .brew(["lapack"])]),
    .systemLibrary(
      name: "CJPEG", path: "Sources/System/CJPEG", pkgConfig: "libjpeg",
      providers: [.apt(["libjpeg62-turbo-dev"]), .brew(["jpeg-turbo"])]),
    .systemLibrary(
      name: "CPNG", path: "Sources/System/CPNG", pkgConfig: "libpng",
      providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
    .systemLibrary(
      name: "CWebP", path: "Sources/System/CWebP", pkgConfig: "libwebp",
      providers: [.apt(["libwebp-dev"]), .brew(["webp"])]),
    .systemLibrary(
      name: "CCairo", path: "Sources/System/CCairo", pkgConfig: "cairo",
      providers: [.apt(["libcairo2-dev"]), .brew(["cairo"])]),
    .systemLibrary(
      name: "CZlib", path: "Sources/System/CZlib", pkgConfig: "zlib",
      providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),

    // The layers: kernels <- core <- data; images, drawing and the default model stand beside the core.
    .target(name: "TensorKernels", cSettings: kernelFlags),
    .target(name: "SemanticSAMCore", dependencies: ["TensorKernels"]),
    .target(name: "SemanticSAMText", dependencies: ["SemanticSAMCore", "CZlib"]),
    .target(name: "SemanticSAMHeads", dependencies: ["SemanticSAMCore", "CLAPACKE"]),
    // Not by pkg-config: Debian's simdjson.pc holds a flag that the package manager refuses, with a warning in each build.
    .target(
      name: "CAnnotationJSON",
      cxxSettings: [
        .define("SIMDJSON_EXCEPTIONS", to: "0"), .define("SIMDJSON_THREADS_ENABLED", to: "1"), .unsafeFlags(["-O3"]),
      ],
      linkerSettings: [.linkedLibrary("simdjson")]),
    .target(name: "CCategoryLists", exclude: ["lists"]),
    .target(
      name: "SemanticSAMData",
      dependencies: [
        "SemanticSAMCore", "TensorKernels", "SemanticSAMImages", "CAnnotationJSON", "CCategoryLists", "CZlib",
      ]),
    .target(name: "CImageCodecs", dependencies: ["CJPEG", "CPNG", "CWebP"], cSettings: kernelFlags),
    .target(name: "SemanticSAMImages", dependencies: ["SemanticSAMCore", "CImageCodecs"]),
    .target(name: "SemanticSAMDrawing", dependencies: ["SemanticSAMCore", "CCairo"]),
    .target(name: "CDefaultModel", exclude: ["default.safetensors"]),
    .target(name: "SemanticSAMDefaultModel", dependencies: ["SemanticSAMCore", "CDefaultModel"]),
    .executableTarget(
      name: "semantic-sam",
      dependencies: [
        "SemanticSAMCore", "SemanticSAMData", "SemanticSAMImages", "SemanticSAMDrawing", "SemanticSAMDefaultModel",
        "SemanticSAMText", "SemanticSAMHeads",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    // Tests, one target for each target of the sources.
    .testTarget(name: "TensorKernelsTests", dependencies: ["TensorKernels", "COpenBLAS"]),
    .testTarget(
      name: "SemanticSAMCoreTests",
      dependencies: ["SemanticSAMCore", "SemanticSAMImages", "SemanticSAMDefaultModel", "SemanticSAMText"]),
    .testTarget(
      name: "SemanticSAMTextTests",
      dependencies: ["SemanticSAMText", "SemanticSAMCore", "SemanticSAMImages", "SemanticSAMDefaultModel"]),
    .testTarget(
      name: "SemanticSAMHeadsTests",
      dependencies: [
        "SemanticSAMHeads", "SemanticSAMCore", "SemanticSAMData", "SemanticSAMImages", "SemanticSAMDefaultModel",
      ]),
    .testTarget(name: "SemanticSAMDataTests", dependencies: ["SemanticSAMData", "SemanticSAMImages", "TensorKernels"]),
    .testTarget(name: "SemanticSAMImagesTests", dependencies: ["SemanticSAMImages"]),
    .testTarget(name: "SemanticSAMDrawingTests", dependencies: ["SemanticSAMDrawing", "SemanticSAMImages"]),
    .testTarget(name: "CommandLineTests", dependencies: ["semantic-sam", "SemanticSAMCore", "SemanticSAMImages"]),
  ],
  cLanguageStandard: .c17,
  cxxLanguageStandard: .cxx20
)

// The documentation plugin is wanted only where the documentation is built (see Scripts/documentation).
if Context.environment["SEMANTIC_SAM_DOCC"] != nil {
  package.dependencies.append(.package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"))
}
