/// Colours that are told apart easily, by colour-blind people too.
///
/// The first seven follow the hues of M. Okabe and K. Ito ("Color Universal Design", 2008) at the chroma that sRGB allows,
/// with lightness set so that no two of them come closer than theirs do to normal, red-blind, green-blind or blue-blind
/// eyes. The further ones step around the OKLCH hue circle by the golden angle, on three levels of lightness.
public enum Palette {
  private static let first: [Color] = [
    Color(lightness: 0.67, chroma: 0.17, hue: 250),  // sky blue
    Color(lightness: 0.79, chroma: 0.165, hue: 70),  // orange
    Color(lightness: 0.60, chroma: 0.13, hue: 162),  // bluish green
    Color(lightness: 0.70, chroma: 0.18, hue: 345),  // pink
    Color(lightness: 0.92, chroma: 0.175, hue: 103),  // yellow
    Color(lightness: 0.60, chroma: 0.205, hue: 35),  // vermilion
    Color(lightness: 0.44, chroma: 0.17, hue: 268),  // deep blue
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
