/// A network that turns a picture into a pyramid of feature maps. To add one, see Docs/AddingABackbone.md.
public protocol Backbone: Module {
  /// - Parameters:
  ///   - image: `[H, W, 3]`, normalised and padded to multiples of 32.
  ///   - onBlock: called after each block; what it throws ends the work (a cancelled task).
  /// - Returns: res2, res3, res4, res5: `[H/4, W/4, C2]` to `[H/32, W/32, C5]`.
  func callAsFunction(_ image: Tensor, onBlock: () throws(ModelError) -> Void) throws(ModelError) -> [Tensor]

  /// How often `onBlock` is called.
  var blockCount: Int { get }
}
