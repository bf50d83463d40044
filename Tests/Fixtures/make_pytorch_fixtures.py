#!/usr/bin/env python3
"""Writes pytorch/zip.pth and pytorch/legacy.pth as torch.save would, with Python's own pickle and zipfile.

Stand-ins for the few names of PyTorch that such files mention; PyTorch itself is not needed.
"""
import collections
import io
import pathlib
import pickle
import struct
import sys
import types
import zipfile

torch = types.ModuleType("torch")
utils = types.ModuleType("torch._utils")
sys.modules.update({"torch": torch, "torch._utils": utils})
FORMATS = {"FloatStorage": "f", "HalfStorage": "e", "LongStorage": "q", "BoolStorage": "?"}
for name in FORMATS:
    setattr(torch, name, type(name, (), {"__module__": "torch"}))


def _rebuild_tensor_v2(*arguments):
    return arguments


_rebuild_tensor_v2.__module__ = "torch._utils"
utils._rebuild_tensor_v2 = _rebuild_tensor_v2


class Storage:
    def __init__(self, key, kind, values):
        self.key, self.kind, self.count = key, kind, len(values)
        self.data = struct.pack(f"<{len(values)}{FORMATS[kind]}", *values)


class Tensor:
    def __init__(self, storage, shape, offset=0, strides=None):
        if strides is None:
            strides, step = [], 1
            for size in reversed(shape):
                strides.insert(0, step)
                step *= size
        self.arguments = (storage, offset, tuple(shape), tuple(strides), False, collections.OrderedDict())

    def __reduce__(self):
        return _rebuild_tensor_v2, self.arguments


class Pickler(pickle.Pickler):
    def __init__(self, file, legacy):
        super().__init__(file, protocol=2)
        self.legacy = legacy

    def persistent_id(self, value):
        if not isinstance(value, Storage):
            return None
        identifier = ("storage", getattr(torch, value.kind), value.key, "cuda:0", value.count)
        return identifier + (None,) if self.legacy else identifier


def pickled(value, legacy=False):
    file = io.BytesIO()
    Pickler(file, legacy).dump(value)
    return file.getvalue()


storages = [
    Storage("0", "FloatStorage", [i / 4 for i in range(24)]),
    Storage("1", "HalfStorage", [1.5, -2.0, 0.25]),
    Storage("2", "LongStorage", [1, -2, 3, 4]),
    Storage("3", "BoolStorage", [True, False]),
]
head = "model.sem_seg_head.predictor."
model = collections.OrderedDict([
    ("model.matrix", Tensor(storages[0], [4, 6])),
    ("model.transposed", Tensor(storages[0], [6, 4], strides=[1, 6])),
    ("model.part", Tensor(storages[0], [2, 3], offset=7, strides=[6, 1])),
    (head + "decoder_norm.weight", Tensor(storages[1], [3])),
    (head + "decoder.norm.weight", Tensor(storages[1], [3])),
    ("model.integers", Tensor(storages[2], [2, 2])),
    ("model.layers.0.attn.relative_position_index", Tensor(storages[2], [4])),
    ("model.flags", Tensor(storages[3], [2])),
])
folder = pathlib.Path(__file__).parent / "pytorch"
folder.mkdir(exist_ok=True)

wrapped = {"model": model, "trainer": {"rates": [1e-4, 0.5], "state": (None, True, 1 << 40)}, "iteration": 99999}
with zipfile.ZipFile(folder / "zip.pth", "w", zipfile.ZIP_STORED) as archive:
    entries = [("data.pkl", pickled(wrapped)), ("byteorder", b"little")]
    entries += [(f"data/{storage.key}", storage.data) for storage in storages] + [("version", b"3\n")]
    for name, data in entries:
        archive.writestr(zipfile.ZipInfo("zip/" + name), data)

machine = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}
parts = [0x1950A86A20F9469CFC6C, 1001, machine]
with open(folder / "legacy.pth", "wb") as file:
    for part in parts:
        file.write(pickled(part))
    file.write(pickled(model, legacy=True))
    file.write(pickled([storage.key for storage in storages]))
    for storage in storages:
        file.write(struct.pack("<q", storage.count) + storage.data)
