/// Colours that are told apart easily, by colour-blind people too.
///
/// The first seven are those of M. Okabe and K. Ito ("Color Universal Design", 2008), ordered so that neighbours differ in
/// lightness and hue. The further ones step around the OKLCH hue circle by the golden angle, on three levels of lightness.
public enum Palette {
  private static let first: [Color] = [
    Color(hex: 0x56b4e9),  // sky blue
    Color(hex: 0xe69f00),  // orange
    Color(hex: 0x009e73),  // bluish green
    Color(hex: 0xcc79a7),  // reddish purple
    Color(hex: 0xf0e442),  // yellow
    Color(hex: 0xd55e00),  // vermilion
    Color(hex: 0x0072b2),  // blue
  ]

  /// The colour number `index`; every number has one.
  public static func color(at index: Int) -> Color {
    if first.indices.contains(index) { return first[index] }
    // 137.5 degrees are the golden angle; 3 x 144 numbers later the hues begin to repeat.
    let step = Double(Int(index.magnitude % 432))
    let lightness = [0.72, 0.84, 0.58][Int(index.magnitude % 3)]
    return Color(lightness: lightness, chroma: 0.15, hue: (step * 137.5).truncatingRemainder(dividingBy: 360))
  }
}
