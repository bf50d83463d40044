import SemanticSAMCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Finds out which text encoder a path is.
public enum TextEncoderFiles {
  /// Opens an encoder: a file of precomputed embeddings, a folder of a sentence encoder (`vocab.txt`), or a folder of a
  /// CLIP-style encoder (`vocab.json` with `merges.txt`, or `bpe_simple_vocab_16e6.txt.gz`).
  /// - Throws: as the encoders' initialisers; `unreadableFile` where a folder has none of these.
  public static func open(_ path: String) throws(ModelError) -> any TextEncoder {
    guard has(path, S_IFDIR) else {
      guard !isGzip(path) else {
        throw ModelError(
          .unsupported,
          "'\(path)' holds byte pairs, which need the weights of a text encoder beside them, as OpenSeeD's checkpoints have; "
            + "give such a checkpoint, or the folder of an encoder.")
      }
      return try PrecomputedEmbeddings(contentsOf: path)
    }
    if has(path + "/vocab.txt") { return try SentenceEncoder(folder: path) }
    guard has(path + "/merges.txt") || has(path + "/bpe_simple_vocab_16e6.txt.gz") else {
      throw ModelError(
        .unreadableFile,
        "The folder '\(path)' holds no text encoder: neither vocab.txt nor merges.txt nor bpe_simple_vocab_16e6.txt.gz; "
          + "give the folder of one.")
    }
    return try CLIPTextEncoder(folder: path)
  }

  private static func isGzip(_ path: String) -> Bool {
    path.hasSuffix(".gz") && has(path)
  }

  private static func has(_ path: String, _ kind: mode_t = S_IFREG) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == kind
  }
}
