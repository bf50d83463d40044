/// All layers of a model, put together as its configuration says.
struct Network: Module {
  var backbone: any Backbone
  var pixelDecoder: PixelDecoder
  var maskDecoder: MaskDecoder
  var refiner: MaskRefiner?
  var names: RegionNames?
  /// Of one's own, while they are being trained.
  var heads: [TrainingHead] = []

  /// - Parameters: the sizes of the vocabularies that the checkpoint holds, where it names regions.
  init(_ configuration: Configuration, objectCount: Int, partCount: Int) {
    backbone = configuration.backbone.swin.map(Swin.init) ?? EfficientNetLite()
    pixelDecoder = PixelDecoder(configuration.pixelDecoder, backboneChannels: configuration.backbone.channels)
    maskDecoder = MaskDecoder(configuration)
    refiner = configuration.maskRefiner.map {
      MaskRefiner($0, channels: configuration.pixelDecoder.channels, queryChannels: configuration.decoder.channels)
    }
    names = configuration.names.map { RegionNames($0, objectCount: objectCount, partCount: partCount) }
  }

  mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
    try visitor.module("model.backbone", &backbone)
    try visitor.module("model.sem_seg_head.pixel_decoder", &pixelDecoder)
    try visitor.module("model.sem_seg_head.predictor", &maskDecoder)
    if var refiner {
      try visitor.module("model.sem_seg_head.predictor.mask_refiner", &refiner)
      self.refiner = refiner
    }
    if var names {
      try visitor.module("names", &names)
      self.names = names
    }
    for index in heads.indices { try visitor.module(SemanticSAM.headPrefix + heads[index].name, &heads[index]) }
  }
}
