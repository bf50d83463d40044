extension Overlay {
  /// For the many masks of a whole photograph: strong colours and no labels, which would hide what they name.
  public static var ofEverything: Overlay {
    var overlay = Overlay()
    overlay.fillOpacity = 0.5
    overlay.hasLabels = false
    return overlay
  }
}
