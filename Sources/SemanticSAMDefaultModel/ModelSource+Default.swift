import CDefaultModel
import SemanticSAMCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension ModelSource {
  /// The weights that ship with the library, inside the program: no file, no network. The environment variable
  /// `SEMANTIC_SAM_MODEL`, where it is set and not empty, names a safetensors file to use in their place.
  public static var `default`: ModelSource {
    guard let path = getenv("SEMANTIC_SAM_MODEL"), path.pointee != 0 else { return embedded }
    return .file(String(cString: path))
  }

  /// The weights that ship with the library, whatever the environment says.
  public static var embedded: ModelSource {
    .permanent(UnsafeRawBufferPointer(start: default_model_bytes(), count: default_model_length()), name: "default")
  }
}
