/// Places by identifiers, in eight bytes a place beside the identifiers themselves: open addressing with linear probing.
struct IdentifierTable {
  /// Places plus one; 0 is free.
  private var slots: [UInt32]
  private var count = 0

  init() {
    slots = [UInt32](repeating: 0, count: 16)
  }

  /// Notes that `identifiers[place]` is at `place`.
  /// - Returns: the place that has this identifier already, or nil.
  mutating func insert(place: Int, in identifiers: [Int64]) -> Int? {
    if (count + 1) * 2 > slots.count { grow(identifiers) }
    var slot = Self.start(identifiers[place], slots.count)
    while slots[slot] != 0 {
      let other = Int(slots[slot]) - 1
      if identifiers[other] == identifiers[place] { return other }
      slot = (slot + 1) & (slots.count - 1)
    }
    slots[slot] = UInt32(place + 1)
    count += 1
    return nil
  }

  func place(of identifier: Int64, in identifiers: [Int64]) -> Int? {
    var slot = Self.start(identifier, slots.count)
    while slots[slot] != 0 {
      let place = Int(slots[slot]) - 1
      if identifiers[place] == identifier { return place }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  private mutating func grow(_ identifiers: [Int64]) {
    let old = slots
    slots = [UInt32](repeating: 0, count: old.count * 2)
    for entry in old where entry != 0 {
      var slot = Self.start(identifiers[Int(entry) - 1], slots.count)
      while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = entry
    }
  }

  /// Every bit of the identifier reaches the bits that are used, so that a file cannot choose colliding ones by accident.
  private static func start(_ identifier: Int64, _ size: Int) -> Int {
    var mixed = UInt64(bitPattern: identifier)
    mixed = (mixed ^ (mixed >> 32)) &* 0x9E37_79B9_7F4A_7C15
    mixed = (mixed ^ (mixed >> 29)) &* 0xBF58_476D_1CE4_E5B9
    return Int(truncatingIfNeeded: (mixed ^ (mixed >> 32)) & UInt64(size - 1))
  }
}
