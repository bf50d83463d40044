#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What the command says beside its results, on stderr.
struct Messages {
  let isQuiet: Bool

  static func error(_ sentence: String) {
    write("semantic-sam: " + sentence + "\n")
  }

  func note(_ sentence: String) {
    if !isQuiet { Self.write(sentence + "\n") }
  }

  /// A line that shows how far a long run is, where stderr is a terminal.
  func progress(_ title: String) -> ProgressLine? {
    isQuiet || isatty(STDERR_FILENO) == 0 ? nil : ProgressLine(title: title)
  }

  private static func write(_ text: String) {
    Output.write(Array(text.utf8), to: STDERR_FILENO)
  }

  fileprivate static func overwrite(_ text: String) {
    write("\r\u{1B}[K" + text)
  }
}

/// "title  42 %, 3 s left", overwritten in place.
struct ProgressLine: Sendable {
  let title: String
  private let start = ContinuousClock.now

  init(title: String) {
    self.title = title
  }

  func show(_ share: Double) {
    let elapsed = (ContinuousClock.now - start) / .seconds(1)
    // A run that is over in a moment needs no line.
    guard elapsed > 1 || share == 1, share > 0 else { return }
    let left = elapsed / share - elapsed
    let text = share < 1 ? "\(title)  \(Int(share * 100)) %, \(Int(left.rounded(.up))) s left" : ""
    Messages.overwrite(text)
  }
}

/// Bytes to a descriptor, all of them.
enum Output {
  static func write(_ bytes: [UInt8], to descriptor: Int32 = STDOUT_FILENO) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { buffer in
        #if canImport(Darwin)
          Darwin.write(descriptor, buffer.baseAddress, buffer.count)
        #elseif canImport(Glibc)
          Glibc.write(descriptor, buffer.baseAddress, buffer.count)
        #elseif canImport(Musl)
          Musl.write(descriptor, buffer.baseAddress, buffer.count)
        #endif
      }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR {
        return  // Nobody reads any more.
      }
    }
  }
}
