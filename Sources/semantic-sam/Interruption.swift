import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Whether Ctrl-C was pressed, or the program was told to end: asked between steps of a long run, which then saves its
/// state. The second time the program ends at once.
struct Interruption {
  private static let count = Atomic<Int>(0)

  /// From now on signals are counted.
  init() {
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        if Interruption.count.wrappingAdd(1, ordering: .relaxed).newValue > 1 { _exit(128 + number) }
      }
    }
  }

  var hasHappened: Bool { Self.count.load(ordering: .relaxed) > 0 }
}
