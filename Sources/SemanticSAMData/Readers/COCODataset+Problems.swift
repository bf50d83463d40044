import SemanticSAMCore

extension COCODataset {
  /// What is wrong with the sample at `index`, each with file and record; empty where all is well.
  ///
  /// Beside what ``sample(at:)`` refuses these are: a photograph that is not there; a mask that is missing or empty; a
  /// polygon of fewer than three points or with an odd number of coordinates; a polygon or box that reaches more than a
  /// pixel out of the image; a box of negative size; a part whose object is not annotated. Of the size of the photograph
  /// itself nothing is known here.
  public func problems(at index: Int) -> [ModelError] {
    guard imagePlaces.indices.contains(index) else { return [] }
    let place = imagePlaces[index]
    let image = annotations.images[place]
    let (width, height) = (Int(image.width), Int(image.height))
    var problems: [ModelError] = []
    func report(_ what: String) {
      problems.append(ModelError(.malformedFile, "In '\(annotations.path)' \(what)."))
    }
    let path = path(ofImage: place)
    if !Self.exists(path) {
      let identifier = annotations.identifier(ofImage: place)
      problems.append(
        ModelError(
          .unreadableFile,
          "The photograph of image \(identifier) of '\(annotations.path)' is missing: there is no file '\(path)'."))
    }
    let range = annotations.annotations(ofImage: place)
    let ids = annotations.hasWholes ? Set(annotations.annotations[range].map(\.id)) : []
    do throws(ModelError) {
      let decoder = try COCOMaskDecoder(of: annotations.file)
      for annotationPlace in range {
        let annotation = annotations.annotations[annotationPlace]
        let name = "annotation \(annotation.id) of image \(annotations.identifier(ofImage: place))"
        var findings: COCOMaskDecoder.Findings = []
        do throws(ModelError) {
          if annotation.form == .polygons || annotation.form == .code {
            let mask = try decoder.mask(
              offset: annotation.offset, length: annotation.length, width: width, height: height, name: name,
              findings: &findings)
            if mask?.isEmpty == true { report("the mask of \(name) holds no pixel") }
          } else if descriptor.hasMasks {
            findings.insert(.missing)
          }
        } catch {
          problems.append(error)
        }
        if findings.contains(.missing) { report("\(name) has no mask") }
        if findings.contains(.degeneratePolygon) {
          report("\(name) has a polygon of fewer than three points or an odd number of coordinates")
        }
        if findings.contains(.polygonOutside) { report("\(name) has a polygon outside the image") }
        if annotation.hasBox {
          if annotation.width < 0 || annotation.height < 0 {
            report("\(name) has a box of \(annotation.width) x \(annotation.height) pixels")
          } else if annotation.left < -1 || annotation.top < -1
            || annotation.left + annotation.width > Double(width) + 1
            || annotation.top + annotation.height > Double(height) + 1
          {
            report("\(name) has a box outside the image")
          }
        }
        if let whole = annotations.whole(ofAnnotation: annotationPlace), !ids.contains(whole) {
          report("\(name) is a part of annotation \(whole), which its image does not have")
        }
      }
    } catch {
      problems.append(error)
    }
    return problems
  }

  /// The photograph of the sample at `index`, which is in `0..<count`, whatever its regions are like.
  func image(at index: Int) -> ImageReference {
    let image = annotations.images[imagePlaces[index]]
    return ImageReference(
      id: annotations.identifier(ofImage: imagePlaces[index]), place: .file(path(ofImage: imagePlaces[index])),
      width: Int(image.width), height: Int(image.height))
  }
}
