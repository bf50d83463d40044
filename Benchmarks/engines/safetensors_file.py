"""Reads and writes safetensors with NumPy alone."""

import json
import struct

import numpy


def read(path, prefix=""):
    """The tensors whose keys begin with `prefix`, as float32, without it."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    tensors = {}
    for key, entry in header.items():
        if key == "__metadata__" or not key.startswith(prefix):
            continue
        start, end = entry["data_offsets"]
        if entry["dtype"] == "BF16":  # The upper half of a float32.
            flat = (numpy.frombuffer(data[start:end], "<u2").astype("<u4") << 16).view("<f4")
        else:
            flat = numpy.frombuffer(data[start:end], {"F16": "<f2", "F32": "<f4"}[entry["dtype"]]).astype("<f4")
        tensors[key[len(prefix) :]] = flat.reshape(entry["shape"])
    return tensors


def write(path, tensors):
    """Writes float32 arrays by name."""
    header, offset = {}, 0
    for name, tensor in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [offset, offset + 4 * tensor.size]}
        offset += 4 * tensor.size
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors.values():
            file.write(numpy.ascontiguousarray(tensor, "<f4").tobytes())
