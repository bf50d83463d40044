/// Reads one pickle of PyTorch without running anything: plain values, tensors as descriptions, nothing else.
///
/// A pickle is a program for a stack machine that may call any Python function. This one knows the instructions that
/// `torch.save` writes (protocol 2, and what protocols 3 and 4 add for the same values) and six kinds of globals; any
/// other is refused by its name. Values lie in an arena and refer to each other by index, so that nested or circular
/// ones cost neither stack nor leaks, and their number is bounded by the pickle's length.
struct Unpickler {
  /// A value, by its index in the arena.
  typealias Index = Int

  enum Node {
    /// None, and what no checkpoint's weights consist of: bytes, integers over 64 bits.
    case none
    case bool(Bool)
    case integer(Int)
    case float
    /// UTF-8, as a range of the bytes that are read.
    case string(Range<Int>)
    /// Elements in `lists`.
    case tuple(Int)
    case list(Int)
    /// Keys and values in turn in `lists`.
    case dictionary(Int)
    case global(PickleGlobal)
    /// In `storages`.
    case storage(Int)
    /// In `tensors`.
    case tensor(Int)
  }

  /// Numbers beside the pickle that tensors are views of.
  struct Storage {
    var key: String
    var type: Safetensors.ElementType
    /// In numbers, as the pickle claims.
    var count: Int
  }

  /// A view of a storage, in numbers; not checked yet.
  struct TensorView {
    var storage: Int
    var offset: Int
    var shape: [Int]
    var strides: [Int]
  }

  private(set) var nodes: [Node] = []
  private(set) var lists: [[Index]] = []
  private(set) var storages: [Storage] = []
  private(set) var tensors: [TensorView] = []
  /// The byte after the pickle.
  private(set) var end: Int
  /// What the pickle describes.
  private(set) var root: Index = 0

  private let bytes: UnsafeRawBufferPointer
  private let fault: (String) -> ModelError
  private let refusal: (String) -> ModelError
  private var stack: [Index] = []
  private var marks: [Int] = []
  private var memo: [Int: Index] = [:]
  private var storageOfKey: [String: Int] = [:]

  /// The longest pickle that is read; those of the published networks have a quarter of a megabyte.
  private static let lengthLimit = 1 << 24

  /// Reads the pickle that begins at `start`.
  /// - Parameters:
  ///   - fault: makes the error of a phrase that says what is wrong with the file.
  ///   - refusal: makes the error of what is not supported.
  init(
    _ bytes: UnsafeRawBufferPointer, from start: Int, fault: @escaping (String) -> ModelError,
    refusal: @escaping (String) -> ModelError
  ) throws(ModelError) {
    self.bytes = UnsafeRawBufferPointer(rebasing: bytes[..<min(bytes.count, start + Self.lengthLimit)])
    self.fault = fault
    self.refusal = refusal
    end = start
    try run()
  }

  /// The text of a string that is short enough for a name; nil for other values.
  func text(_ index: Index) -> String? {
    guard case .string(let range) = nodes[index], range.count <= 1024 else { return nil }
    return String(decoding: bytes[range], as: UTF8.self)
  }

  /// Keys and values of a dictionary, in their order; nil for other values.
  func items(_ index: Index) -> [(key: Index, value: Index)]? {
    guard case .dictionary(let list) = nodes[index] else { return nil }
    let items = lists[list]
    return stride(from: 0, to: items.count, by: 2).map { (items[$0], items[$0 + 1]) }
  }

  /// Elements of a list or tuple; nil for other values.
  func elements(_ index: Index) -> [Index]? {
    switch nodes[index] {
    case .list(let list), .tuple(let list): lists[list]
    default: nil
    }
  }

  // MARK: - The machine

  private mutating func run() throws(ModelError) {
    while true {
      let opcode = try read(1)
      switch bytes[opcode.lowerBound] {
      case 0x80: _ = try read(1)  // PROTO
      case 0x95: _ = try read(8)  // FRAME
      case UInt8(ascii: "."):
        root = try pop()
        return
      case UInt8(ascii: "("): marks.append(stack.count)
      case UInt8(ascii: "0"): _ = try pop()
      case UInt8(ascii: "N"): push(.none)
      case 0x88: push(.bool(true))
      case 0x89: push(.bool(false))
      case UInt8(ascii: "K"): push(.integer(try number(1)))
      case UInt8(ascii: "M"): push(.integer(try number(2)))
      case UInt8(ascii: "J"): push(.integer(Int(Int32(truncatingIfNeeded: try number(4)))))
      case 0x8A: try pushLong(length: try number(1))
      case UInt8(ascii: "G"):
        _ = try read(8)
        push(.float)
      case 0x8C, UInt8(ascii: "U"): push(.string(try read(try number(1))))
      case UInt8(ascii: "X"), UInt8(ascii: "T"): push(.string(try read(try number(4))))
      case 0x8D: push(.string(try read(try number(8))))
      case UInt8(ascii: "C"): try skipBytes(try number(1))
      case UInt8(ascii: "B"): try skipBytes(try number(4))
      case UInt8(ascii: ")"): push(.tuple(newList([])))
      case 0x85: try pushTuple(1)
      case 0x86: try pushTuple(2)
      case 0x87: try pushTuple(3)
      case UInt8(ascii: "t"): push(.tuple(newList(try popToMark())))
      case UInt8(ascii: "]"): push(.list(newList([])))
      case UInt8(ascii: "}"): push(.dictionary(newList([])))
      case UInt8(ascii: "a"): try append([try pop()])
      case UInt8(ascii: "e"): try append(try popToMark())
      case UInt8(ascii: "s"):
        let value = try pop()
        try setItems([try pop(), value])
      case UInt8(ascii: "u"): try setItems(try popToMark())
      case UInt8(ascii: "q"): memo[try number(1)] = try top()
      case UInt8(ascii: "r"): memo[try number(4)] = try top()
      case 0x94: memo[memo.count] = try top()
      case UInt8(ascii: "h"): try recall(try number(1))
      case UInt8(ascii: "j"): try recall(try number(4))
      case UInt8(ascii: "c"): try pushGlobal(module: try line(), name: try line())
      case 0x93:
        let (name, module) = (text(try pop()), text(try pop()))
        guard let name, let module else { throw fault("its pickle names a global by something else than text") }
        try pushGlobal(module: module, name: name)
      case UInt8(ascii: "Q"): try pushStorage(try pop())
      case UInt8(ascii: "R"):
        let arguments = try pop()
        try call(try pop(), arguments)
      case UInt8(ascii: "b"):
        // The state of an ordered dictionary: version numbers of its modules.
        _ = try pop()
        guard case .dictionary = nodes[try top()] else { throw fault("its pickle gives a state to a plain value") }
      case let other:
        throw refusal("its pickle has the instruction \(other), which no checkpoint needs")
      }
    }
  }

  /// The next bytes.
  private mutating func read(_ count: Int) throws(ModelError) -> Range<Int> {
    guard count >= 0, count <= bytes.count - end else { throw fault("its pickle is cut off") }
    defer { end += count }
    return end..<end + count
  }

  /// An unsigned little-endian number of one to eight bytes.
  private mutating func number(_ size: Int) throws(ModelError) -> Int {
    let value = bytes[try read(size)].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard let number = Int(exactly: value) else { throw fault("its pickle has an impossible length") }
    return number
  }

  /// Text up to the end of a line.
  private mutating func line() throws(ModelError) -> String {
    guard let newline = bytes[end...].firstIndex(of: 0x0A) else { throw fault("its pickle is cut off") }
    let range = try read(newline - end + 1)
    return String(decoding: bytes[range.dropLast()], as: UTF8.self)
  }

  private mutating func push(_ node: Node) {
    stack.append(nodes.count)
    nodes.append(node)
  }

  private mutating func newList(_ elements: [Index]) -> Int {
    lists.append(elements)
    return lists.count - 1
  }

  private func top() throws(ModelError) -> Index {
    guard let last = stack.last, stack.count > marks.last ?? 0 else {
      throw fault("its pickle uses a value it has not")
    }
    return last
  }

  private mutating func pop() throws(ModelError) -> Index {
    let last = try top()
    stack.removeLast()
    return last
  }

  private mutating func popToMark() throws(ModelError) -> [Index] {
    guard let mark = marks.popLast() else { throw fault("its pickle ends a group that it has not begun") }
    let elements = Array(stack[mark...])
    stack.removeLast(elements.count)
    return elements
  }

  private mutating func pushTuple(_ count: Int) throws(ModelError) {
    var elements: [Index] = []
    for _ in 0..<count { elements.append(try pop()) }
    push(.tuple(newList(elements.reversed())))
  }

  /// A two's complement integer; the sign lies in its last byte.
  private mutating func pushLong(length: Int) throws(ModelError) {
    let range = try read(length)
    guard length <= 8 else { return push(.none) }
    let bits = bytes[range].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let shift = UInt64(64 - 8 * length)
    push(.integer(length == 0 ? 0 : Int(Int64(bitPattern: bits << shift) >> Int64(shift))))
  }

  private mutating func skipBytes(_ count: Int) throws(ModelError) {
    _ = try read(count)
    push(.none)
  }

  private mutating func append(_ elements: [Index]) throws(ModelError) {
    guard case .list(let list) = nodes[try top()] else { throw fault("its pickle appends to what is no list") }
    lists[list] += elements
  }

  private mutating func setItems(_ items: [Index]) throws(ModelError) {
    guard case .dictionary(let list) = nodes[try top()], items.count % 2 == 0 else {
      throw fault("its pickle sets items of what is no dictionary")
    }
    lists[list] += items
  }

  private mutating func recall(_ key: Int) throws(ModelError) {
    guard let index = memo[key] else { throw fault("its pickle recalls a value it has not kept") }
    stack.append(index)
  }

  private mutating func pushGlobal(module: String, name: String) throws(ModelError) {
    guard let global = PickleGlobal(module: module, name: name) else {
      throw refusal(
        "it asks Python for \(ModelError.quoted(module + "." + name)), which weights do not need and which may be "
          + "harmful")
    }
    push(.global(global))
  }

  // MARK: - What PyTorch describes

  /// ("storage", type, key, location, count), and in the older format a view of a view, which must be none.
  private mutating func pushStorage(_ identifier: Index) throws(ModelError) {
    guard let parts = elements(identifier), (5...6).contains(parts.count), text(parts[0]) == "storage",
      case .global(.storage(let type)) = nodes[parts[1]], let key = text(parts[2]),
      case .integer(let count) = nodes[parts[4]], count >= 0
    else { throw fault("its pickle describes a storage in an unknown way") }
    if parts.count == 6 {
      guard case .none = nodes[parts[5]] else {
        throw refusal("it holds views of storages, as PyTorch wrote them before 0.4")
      }
    }
    if let known = storageOfKey[key] {
      guard storages[known].type == type, storages[known].count == count else {
        throw fault("its pickle describes the storage \(ModelError.quoted(key)) in two ways")
      }
      return push(.storage(known))
    }
    storageOfKey[key] = storages.count
    push(.storage(storages.count))
    storages.append(Storage(key: key, type: type, count: count))
  }

  private mutating func call(_ function: Index, _ arguments: Index) throws(ModelError) {
    guard case .global(let global) = nodes[function], case .tuple(let list) = nodes[arguments] else {
      throw fault("its pickle calls what is no function")
    }
    let arguments = lists[list]
    switch global {
    case .orderedDictionary:
      guard arguments.isEmpty else { throw fault("its pickle fills a dictionary in an unknown way") }
      push(.dictionary(newList([])))
    case .size:
      guard let first = arguments.first, elements(first) != nil else { throw fault("its pickle has a size of nothing") }
      stack.append(first)
    case .parameter:
      guard let first = arguments.first, case .tensor = nodes[first] else {
        throw fault("its pickle has a parameter without a tensor")
      }
      stack.append(first)
    case .tensor:
      guard arguments.count >= 4, case .storage(let storage) = nodes[arguments[0]],
        case .integer(let offset) = nodes[arguments[1]], let shape = integers(arguments[2]),
        let strides = integers(arguments[3]), shape.count == strides.count
      else { throw fault("its pickle describes a tensor in an unknown way") }
      push(.tensor(tensors.count))
      tensors.append(TensorView(storage: storage, offset: offset, shape: shape, strides: strides))
    case .storage: throw fault("its pickle calls a storage type")
    }
  }

  /// The integers of a short tuple; PyTorch has tensors of up to 64 dimensions, weights of up to four.
  private func integers(_ index: Index) -> [Int]? {
    guard let elements = elements(index), elements.count <= 16 else { return nil }
    let values = elements.compactMap { element -> Int? in
      if case .integer(let value) = nodes[element] { value } else { nil }
    }
    return values.count == elements.count ? values : nil
  }
}
