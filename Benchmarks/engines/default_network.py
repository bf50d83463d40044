"""The built-in network in PyTorch, cut in two as this library cuts it: what depends on the image only, and a click.

`Encode`: bytes of the image -> tokens, the map before the mask features, mask features, the value projection of each
decoder layer, the refiner's reduced maps. `Click`: those and a click -> six masks, their grids of logits, predicted IoU.
Both call the reference definition; nothing is computed in another way than there.
"""

import copy
import logging
import os
import sys

import torch

import safetensors_file

WIDTH, HEIGHT = 384, 288  # Of the image as the network sees it: multiples of 32, so nothing is padded.


def load(shared, dtype=torch.float32):
    """The definition with the weights that ship."""
    sys.path.insert(0, os.path.join(shared, "parity"))
    from default_model import SemanticSAM

    model = SemanticSAM().eval()
    weights = safetensors_file.read(os.path.join(shared, "weights/default.safetensors"), "model.")
    model.load_state_dict({name: torch.from_numpy(tensor.copy()) for name, tensor in weights.items()})
    return model.to(dtype)


class Encode(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, image):
        """image: uint8 `[HEIGHT, WIDTH, 3]`."""
        features, _ = self.model.encode(image)
        predictor = self.model.sem_seg_head.predictor
        tokens = features["tokens"]
        values = [layer.cross_attn.value_proj(tokens) for layer in predictor.decoder.layers]
        return (tokens, features["fpn"], features["mask_features"], *values, *predictor.mask_refiner.reduced(features))


ENCODE_OUTPUTS = ["tokens", "fused_map", "mask_features", "value_0", "value_1", "value_2", "map_4", "map_8", "map_16"]
CLICK_INPUTS = ["click"] + ENCODE_OUTPUTS[2:]
CLICK_OUTPUTS = ["masks", "grid", "iou"]


class Click(torch.nn.Module):
    """One click; masks `[6, height, width]`."""

    def __init__(self, model, height, width):
        super().__init__()
        from default_model import paste

        self.predictor = copy.deepcopy(model.sem_seg_head.predictor).eval()
        self.paste, self.height, self.width = paste, height, width
        self.shapes = [(HEIGHT // stride, WIDTH // stride) for stride in (8, 16, 32)]
        self.shapes.append(tuple((extent + 1) // 2 for extent in self.shapes[2]))
        queries = self.predictor.queries

        def click_queries(clicks, boxes, *size):
            """Without the empty group of boxes, which not every engine takes."""
            content, reference, groups = queries(clicks, boxes, *size)
            return content, reference, groups[:1]

        self.predictor.queries = click_queries
        for index, layer in enumerate(self.predictor.decoder.layers):
            layer.cross_attn.value_proj = torch.nn.Identity()  # The values are inputs.
            layer.forward = self.reading_own_values(layer.forward, index)

    @staticmethod
    def reading_own_values(forward, index):
        return lambda x, position, reference, groups, values, shapes: forward(
            x, position, reference, groups, values[index], shapes
        )

    def forward(self, click, mask_features, value_0, value_1, value_2, map_4, map_8, map_16):
        """click: `[1, 2]`, x and y in 0..1."""
        features = {"tokens": [value_0, value_1, value_2], "shapes": self.shapes, "mask_features": mask_features}
        answer = self.predictor(features, click, click.new_zeros(0, 4), (HEIGHT, WIDTH))[-1]
        refiner = self.predictor.mask_refiner
        grid, iou = refiner([map_4, map_8, map_16], answer["query"], answer["box"], answer["mask"], click.expand(6, 2))
        return self.paste(grid, answer["box"], refiner.extent, self.height, self.width) > 0, grid, iou


def export(module, inputs, input_names, output_names, path):
    logging.disable(logging.WARNING)  # The exporter tells of packages that it does not need.
    program = torch.onnx.export(
        module.eval(), tuple(inputs), input_names=input_names, output_names=output_names, opset_version=20, dynamo=True,
        verbose=False,
    )
    program.save(path)
