"""What is timed: graphs, inputs, expected outputs.

default: the built-in network on a photograph of 384 x 288 pixels (`encode`), and one click with six refined masks at
that size and at 1200 x 900 (`click 384x288`, `click 1200x900`). Expected: the PyTorch definition in float64.
swin: backbone and pixel decoder of the published Swin-T network at 1024 x 1024 (`features`), weights by rule. Expected:
the float64 numbers that lie beside the shared graph.
"""

import os
import sys
from dataclasses import dataclass, field

import numpy

import safetensors_file


@dataclass
class Workload:
    name: str
    graph: str
    inputs: str  # .npz
    swift_setup: str
    swift_call: str
    repeats: int  # runs a turn
    multiply_adds: int
    expected: dict = field(default_factory=dict)
    compare: object = None  # outputs -> worst error; without it `expected` is compared

    def error(self, outputs):
        """The worst relative L2 difference of an output; of masks, the share of their pixels that differ."""
        if self.compare:
            return self.compare(outputs)
        errors = []
        for name, expected in self.expected.items():
            found = numpy.asarray(outputs[name], numpy.float64).reshape(-1) - expected.reshape(-1)
            if name == "masks":
                errors.append(numpy.count_nonzero(found) / numpy.count_nonzero(expected))
            else:
                errors.append(numpy.linalg.norm(found) / numpy.linalg.norm(expected))
        return float(numpy.max(errors))  # A NaN stays one.


def count_multiply_adds(shared, model):
    sys.path.insert(0, os.path.join(shared, "bench"))
    import peers

    return sum(peers.count_macs(model).values())


def default_workloads(shared, folder):
    import onnx
    import PIL.Image
    import torch

    import default_network as network

    photograph = PIL.Image.open(os.path.join(os.path.dirname(__file__), "../../Examples/Images/coffee.png"))
    large = photograph.convert("RGB").crop((33, 0, 566, 400)).resize((1200, 900), PIL.Image.BICUBIC)
    small = large.resize((network.WIDTH, network.HEIGHT), PIL.Image.BICUBIC)
    paths = {}
    for image in (small, large):
        paths[image.width] = os.path.join(folder, f"image-{image.width}.rgb")
        with open(paths[image.width], "wb") as file:
            file.write(image.tobytes())
    pixels = numpy.asarray(small).copy()

    encode = network.Encode(network.load(shared))
    with torch.no_grad():
        encoded = [output.numpy() for output in encode(torch.from_numpy(pixels))]
    encoded = dict(zip(network.ENCODE_OUTPUTS, encoded))
    torch.set_default_dtype(torch.float64)
    exact = network.Encode(network.load(shared, torch.float64))
    with torch.no_grad():
        exact_encoded = dict(zip(network.ENCODE_OUTPUTS, exact(torch.from_numpy(pixels))))
    torch.set_default_dtype(torch.float32)

    graph = os.path.join(folder, "encode.onnx")
    network.export(encode, [torch.from_numpy(pixels)], ["image"], network.ENCODE_OUTPUTS, graph)
    inputs = os.path.join(folder, "encode.npz")
    numpy.savez(inputs, image=pixels)
    expected = {name: exact_encoded[name].numpy() for name in network.ENCODE_OUTPUTS[:3]}
    yield Workload(
        "encode", graph, inputs, f"image {paths[small.width]} {small.width} {small.height} 191 143", "encode", 10,
        count_multiply_adds(shared, onnx.load(graph)), expected)

    for image in (small, large):
        x, y = image.width // 2 - 1, image.height // 2 - 1
        centre = numpy.array([[(x + 0.5) / image.width, (y + 0.5) / image.height]])
        torch.set_default_dtype(torch.float64)
        exact_inputs = [torch.from_numpy(centre)] + [exact_encoded[name] for name in network.CLICK_INPUTS[1:]]
        with torch.no_grad():
            answer = network.Click(exact.model, image.height, image.width)(*exact_inputs)
        expected = {name: output.numpy().astype(numpy.float64) for name, output in zip(network.CLICK_OUTPUTS, answer)}
        torch.set_default_dtype(torch.float32)

        name = f"click {image.width}x{image.height}"
        arrays = {"click": centre.astype(numpy.float32)}
        arrays.update({name: encoded[name] for name in network.CLICK_INPUTS[1:]})
        graph = os.path.join(folder, name.replace(" ", "-") + ".onnx")
        network.export(
            network.Click(encode.model, image.height, image.width), [torch.from_numpy(a) for a in arrays.values()],
            network.CLICK_INPUTS, network.CLICK_OUTPUTS, graph)
        inputs = os.path.join(folder, name.replace(" ", "-") + ".npz")
        numpy.savez(inputs, **arrays)
        yield Workload(
            name, graph, inputs, f"image {paths[image.width]} {image.width} {image.height} {x} {y}", "click", 20,
            count_multiply_adds(shared, onnx.load(graph)), expected)


def swin_workload(shared, folder):
    import onnx

    sys.path.insert(0, os.path.join(shared, "bench"))
    import fill_weights

    name = "swinT_encoder_1024.onnx"
    graph = os.path.join(folder, name)
    model = fill_weights.fill(os.path.join(shared, "bench", name))
    onnx.save(model, graph)
    arrays = fill_weights.bench_inputs(model)
    inputs = os.path.join(folder, "features.npz")
    numpy.savez(inputs, **arrays)
    multiply_adds = count_multiply_adds(shared, model)
    del model
    image = arrays["image"][0]
    pixels = os.path.join(folder, "features.f32")
    numpy.ascontiguousarray(image.transpose(1, 2, 0), numpy.float32).tofile(pixels)

    checkpoint = os.path.join(folder, "swinT.safetensors")
    with open(os.path.join(shared, "parity", "keys_swinT.tsv")) as file:
        rows = [line.rstrip("\n").split("\t") for line in file][1:]
    tensors = {}
    for key, extents, kind, alias_of, *_ in rows:
        if kind == "float32" and not alias_of and ".criterion." not in key:  # Weights of the loss.
            shape = [int(extent) for extent in extents.split("x") if extent.isdigit()]
            tensors[key] = fill_weights.fw.fixture(key, shape)
    safetensors_file.write(checkpoint, tensors)

    def compare(outputs):
        if "tokens" in outputs:  # This library's: channels last, the levels in one tensor.
            tokens, start = outputs["tokens"], 0
            named = {"mask_features": outputs["mask_features"].transpose(2, 0, 1)}
            for level, stride in enumerate((8, 16, 32, 64)):
                count = (1024 // stride) ** 2
                named[f"memory_{level}"] = tokens[start : start + count].T
                start += count
            outputs = named
        errors = fill_weights.compare(outputs, name)
        return float(numpy.max([found["rel_l2"] for found in errors.values()]))

    return Workload(
        "features", graph, inputs, f"swin {checkpoint} {pixels} 1024", "features", 1, multiply_adds, compare=compare)
