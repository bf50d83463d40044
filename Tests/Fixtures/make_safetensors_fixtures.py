"""Writes safetensors/every_type.safetensors with the Python package safetensors: one small tensor of each number type.

    python3 make_safetensors_fixtures.py      (needs numpy and safetensors; 0.8.0 made the committed file)
"""

import pathlib

import numpy
from safetensors import TensorSpec, serialize_file

folder = pathlib.Path(__file__).parent / "safetensors"
folder.mkdir(exist_ok=True)

# Every value is exact in all of the floating-point types.
floats = numpy.array([[0.0, -1.5, 3.25], [65280.0, -0.0078125, 2.0]])
half_words = (floats.astype("<f4").view("<u4") >> 16).astype("<u2")


def tensor(dtype, array):
    array = numpy.ascontiguousarray(array).reshape(array.shape)
    arrays.append(array)  # a specification holds an address only
    return TensorSpec(dtype=dtype, shape=list(array.shape), data_ptr=array.ctypes.data, data_len=array.nbytes)


arrays = []


def integers(dtype, code):
    info = numpy.iinfo(code)
    return tensor(dtype, numpy.array([0, 1, info.min, info.max], dtype="<" + code))


tensors = {
    "f64": tensor("float64", floats.astype("<f8")),
    "f32": tensor("float32", floats.astype("<f4")),
    "f16": tensor("float16", floats.astype("<f2")),
    "bf16": tensor("bfloat16", half_words),
    "i64": integers("int64", "i8"),
    "i32": integers("int32", "i4"),
    "i16": integers("int16", "i2"),
    "i8": integers("int8", "i1"),
    "u64": integers("uint64", "u8"),
    "u32": integers("uint32", "u4"),
    "u16": integers("uint16", "u2"),
    "u8": integers("uint8", "u1"),
    "bool": tensor("bool", numpy.array([True, False, True])),
    "scalar": tensor("float32", numpy.array(7.5, dtype="<f4")),
    "empty": tensor("float32", numpy.zeros((0, 3), dtype="<f4")),
    'name "with" \\ and \u00e9': tensor("float32", numpy.array([1.0], dtype="<f4")),
}
serialize_file(tensors, folder / "every_type.safetensors", {"title": "every \"type\", caf\u00e9\n", "empty": ""})
