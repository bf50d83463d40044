"""Writes Tests/Fixtures/datasets: tiny samples of data sets in their publishers' layouts, whole and broken.

Needs NumPy, SciPy (MATLAB files) and Pillow. The content is made up; no published data are in it.
"""

import pathlib

import numpy as np
from PIL import Image
from scipy.io import savemat

HERE = pathlib.Path(__file__).parent / "datasets"
HEIGHT, WIDTH = 6, 8


def box(y0, y1, x0, x1, height=HEIGHT, width=WIDTH):
    mask = np.zeros((height, width), np.uint8)
    mask[y0:y1, x0:x1] = 1
    return mask


def structs(records):
    """A 1 x n MATLAB structure array."""
    fields = [(name, object) for name in records[0]]
    array = np.empty((1, len(records)), dtype=fields)
    for index, record in enumerate(records):
        for name, value in record.items():
            array[0, index][name] = value
    return array


def photograph(path, width=WIDTH, height=HEIGHT):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((height, width, 3), 128, np.uint8)).save(path, quality=80)


def mat(path, compressed, **variables):
    path.parent.mkdir(parents=True, exist_ok=True)
    # Both forms of the format occur; damage to the plain one, which Scripts/fuzz starts from, reaches deeper.
    savemat(path, variables, do_compression=compressed)


def pascal_part(name, part_fields=None, part_mask=None, object_class="cat", mask=None):
    part = {"part_name": "lfleg", "mask": box(3, 5, 1, 2) if part_mask is None else part_mask}
    part.update(part_fields or {})
    objects = structs(
        [
            {
                "class": object_class,
                "class_ind": 8,
                "mask": box(1, 5, 1, 5) if mask is None else mask,
                "parts": structs([part, {**part, "part_name": "head", "mask": box(1, 2, 1, 5)}]),
            },
            {"class": "boat", "class_ind": 4, "mask": box(0, 1, 6, 8), "parts": np.zeros((0, 0))},
        ]
    )
    mat(HERE / "pascal_part/Annotations_Part" / f"{name}.mat", name != "2008_000001", anno=structs([{"imname": name, "objects": objects}]))
    photograph(HERE / "pascal_part/JPEGImages" / f"{name}.jpg")


def bsds(name, fields=None, second=None):
    first = np.ones((HEIGHT, WIDTH), np.uint16)
    first[:, 4:] = 2
    other = np.ones((HEIGHT, WIDTH), np.uint16) if second is None else second
    cells = np.empty((1, 2), object)
    for index, labels in enumerate([first, other]):
        cells[0, index] = structs([{"Segmentation": labels, "Boundaries": box(0, 6, 4, 5), **(fields or {})}])
    mat(HERE / "bsds500/groundTruth/val" / f"{name}.mat", name != "1", groundTruth=cells)
    photograph(HERE / "bsds500/images/val" / f"{name}.jpg")


pascal_part("2008_000001")
pascal_part("2008_000002", part_fields={"colour": "red"})
pascal_part("2008_000003", part_mask=box(3, 5, 1, 2, height=7))
pascal_part("2008_000004", object_class="unicorn")
pascal_part("2008_000005", mask="text")
pascal_part("2008_000006", part_fields={"part_name": "antenna"})
lists = HERE / "pascal_part/ImageSets/Main"
lists.mkdir(parents=True, exist_ok=True)
(lists / "train.txt").write_text("2008_000001\n")

bsds("1")
bsds("2", fields={"Author": "nobody"})
bsds("3", second=np.ones((HEIGHT, WIDTH - 1), np.uint16))
bsds("4", second=np.full((HEIGHT, WIDTH), 0.5))
