"""Writes Tests/Fixtures/datasets: tiny samples of data sets in their publishers' layouts, whole and broken.

Needs NumPy, SciPy (MATLAB files) and Pillow. The content is made up; no published data are in it. Names of files and
folders, the fields of records and their quirks are those of the publishers.
"""

import base64
import json
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
    # In the place of the date, so that two runs give the same bytes.
    content = bytearray(path.read_bytes())
    content[:116] = b"MATLAB 5.0 MAT-file, made by make_dataset_fixtures.py".ljust(116)
    path.write_bytes(content)


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


# JSON in the form of COCO.


def write_json(path, value, encoding="utf-8"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False), encoding=encoding)


def write_png(path, array):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(array, np.uint8)).save(path)


def runs(mask):
    """Run lengths down the columns, starting with zeros."""
    flat = mask.T.reshape(-1)
    edges = np.flatnonzero(np.diff(flat)) + 1
    counts = np.diff(np.concatenate([[0], edges, [flat.size]])).tolist()
    return [0] + counts if flat[0] else counts


def code(mask):
    """COCO's compressed string."""
    counts, text = runs(mask), ""
    for index, run in enumerate(counts):
        value = run - counts[index - 2] if index > 2 else run
        while True:
            group = value & 0x1F
            value >>= 5
            more = value != (-1 if group & 0x10 else 0)
            text += chr((group | (0x20 if more else 0)) + 48)
            if not more:
                break
    return {"size": list(mask.shape), "counts": text}


def tight(mask):
    ys, xs = np.nonzero(mask)
    return [int(xs.min()), int(ys.min()), int(xs.max() - xs.min() + 1), int(ys.max() - ys.min() + 1)]


def objects365_v2():
    root = HERE / "objects365_v2"
    images = [
        {"id": 420917, "file_name": "images/v2/patch8/objects365_v2_00420917.jpg"},
        {"id": 60623, "file_name": "images/v1/patch1/objects365_v1_00060623.jpg"},
        # In the published JSON and in no archive.
        {"id": 908726, "file_name": "images/v2/patch16/objects365_v2_00908726.jpg"},
    ]
    for image in images:
        image.update(height=HEIGHT, width=WIDTH, license=5, url="")
    shared = {"iscrowd": 0, "isfake": 0, "isreflected": 0}
    annotations = [
        # Coordinates run out of the image.
        {"id": 52, **shared, "area": 12.375, "bbox": [-0.25, 1.5, 4.5, 2.75], "image_id": 420917, "category_id": 38},
        {"id": 53, **shared, "iscrowd": 1, "area": 8, "bbox": [1, 1, 4, 2], "image_id": 60623, "category_id": 1},
        {"id": 54, **shared, "area": 8, "bbox": [1, 1, 4, 2], "image_id": 908726, "category_id": 1},
    ]
    categories = [{"name": "Person", "id": 1}, {"name": "Moniter/TV", "id": 38}]
    licences = [{"name": "Attribution License", "id": 5, "url": "http://creativecommons.org/licenses/by/2.0/"}]
    write_json(
        root / "annotations/zhiyuan_objv2_val.json",
        {"images": images, "annotations": annotations, "categories": categories, "licenses": licences},
    )
    photograph(root / "val/patch8/objects365_v2_00420917.jpg")
    photograph(root / "val/patch1/objects365_v1_00060623.jpg")


def objects365_v1():
    """The categories of v1 have an order of their own; photographs lie in the split's folder."""
    root = HERE / "objects365_v1"
    images = [{"id": 7, "file_name": "obj365_val_000000000007.jpg", "height": HEIGHT, "width": WIDTH}]
    annotations = [
        {"id": 1, "iscrowd": 0, "isfake": 0, "isreflected": 0, "area": 8.0, "bbox": [1.0, 1.0, 4.0, 2.0], "image_id": 7,
         "category_id": 5},
    ]
    categories = [{"id": i + 1, "name": name} for i, name in enumerate(["person", "sneakers", "chair", "hat", "lamp"])]
    write_json(
        root / "annotations/objects365_val.json",
        {"images": images, "annotations": annotations, "categories": categories},
    )
    photograph(root / "val/obj365_val_000000000007.jpg")


def paco(folder, annotation_file, file_name, extra):
    """Objects and their parts, attributes, categories that are absent or not exhaustive."""
    root = HERE / folder
    image = {
        "id": 11, "file_name": file_name, "height": HEIGHT, "width": WIDTH, "license": 3,
        "neg_category_ids": [35], "not_exhaustive_category_ids": [207],
        "neg_category_ids_attrs": [], "not_exhaustive_category_ids_attrs": [],
    }
    unknown = {
        "unknown_color": 0, "unknown_pattern_marking": 0, "unknown_material": 1, "unknown_transparency": 0, **extra,
    }
    car, wheel = box(1, 4, 1, 5), box(3, 4, 1, 3)
    annotations = [
        {"id": 1, "image_id": 11, "category_id": 207, "segmentation": code(car), "bbox": tight(car), "area": 12,
         "attribute_ids": [2, 31], "dom_color_ids": [2], "obj_ann_id": 1, **unknown},
        {"id": 2, "image_id": 11, "category_id": 2000, "segmentation": code(wheel), "bbox": tight(wheel), "area": 2,
         "attribute_ids": [], "dom_color_ids": [], "obj_ann_id": 1, **unknown},
    ]
    if extra:
        # Frames have boxes without masks.
        annotations.append(
            {"id": 3, "image_id": 11, "category_id": 35, "segmentation": [], "bbox": [1, 1, 4, 3], "area": 12,
             "attribute_ids": [], "dom_color_ids": [], "obj_ann_id": 3, **unknown}
        )
    write_json(
        root / "annotations" / annotation_file,
        {
            "info": {"version": "1.0"}, "licenses": [{"id": 3, "name": "made up", "url": ""}], "images": [image],
            "annotations": annotations,
            "categories": [
                {"id": 207, "name": "car_(automobile)", "supercategory": "OBJECT", "image_count": 1},
                {"id": 35, "name": "handbag", "supercategory": "OBJECT", "image_count": 1},
                {"id": 2000, "name": "car_(automobile):wheel", "supercategory": "PART", "image_count": 1},
            ],
            "part_categories": [{"id": 1, "name": "wheel"}],
            "attributes": [{"id": 2, "name": "blue"}, {"id": 31, "name": "striped"}],
        },
    )
    photograph(root / file_name)


def partimagenet(folder, annotation_file, photograph_file):
    root = HERE / folder
    square = [1, 1, 5, 1, 5, 4, 1, 4]
    shared = {"image_id": 0, "bbox": [1, 1, 4, 3], "area": 12, "iscrowd": 0}
    annotations = [
        {"id": 0, "category_id": 0, "segmentation": [square], **shared},
        {"id": 1, "category_id": 26, "segmentation": [[1, 1, 2, 1, 2, 2, 1, 2], [3, 1, 4, 1, 4, 2, 3, 2]], **shared},
        {"id": 2, "category_id": 25, "segmentation": [square], **shared},
    ]
    write_json(
        root / annotation_file,
        {
            "images": [{"id": 0, "file_name": "n01440764_10026.JPEG", "height": HEIGHT, "width": WIDTH}],
            "annotations": annotations,
            "categories": [
                {"id": 0, "name": "Quadruped Head", "supercategory": "Quadruped"},
                {"id": 25, "name": "Car Tier", "supercategory": "Car"},
                {"id": 26, "name": "Car Side Mirror", "supercategory": "Car"},
            ],
        },
    )
    path = root / photograph_file
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((HEIGHT, WIDTH, 3), 128, np.uint8)).save(path, format="JPEG", quality=80)


def coco():
    """Polygons, an object in two polygons, and a crowd as run lengths; one photograph without annotations."""
    root = HERE / "coco"
    names = {397133: "000000397133.jpg", 37777: "000000037777.jpg"}
    images = [
        {"license": 3, "file_name": name, "coco_url": f"http://images.cocodataset.org/val2017/{name}", "height": HEIGHT,
         "width": WIDTH, "date_captured": "2013-11-14 17:02:52", "flickr_url": "", "id": identifier}
        for identifier, name in names.items()
    ]
    crowd = box(0, 2, 4, 8)
    annotations = [
        {"segmentation": [[1, 1, 5, 1, 5, 4, 1, 4]], "area": 12.0, "iscrowd": 0, "image_id": 397133,
         "bbox": [1, 1, 4, 3], "category_id": 44, "id": 82445},
        {"segmentation": [[0, 4, 2, 4, 2, 6, 0, 6], [6, 4, 8, 4, 8, 6, 6, 6]], "area": 8.0, "iscrowd": 0,
         "image_id": 397133, "bbox": [0, 4, 8, 2], "category_id": 67, "id": 119568},
        {"segmentation": {"counts": runs(crowd), "size": [HEIGHT, WIDTH]}, "area": 6, "iscrowd": 1,
         "image_id": 397133, "bbox": [4, 0, 4, 2], "category_id": 1, "id": 900100397133},
    ]
    categories = [
        {"supercategory": "person", "id": 1, "name": "person"},
        {"supercategory": "kitchen", "id": 44, "name": "bottle"},
        {"supercategory": "furniture", "id": 67, "name": "dining table"},
    ]
    licences = [{"url": "http://creativecommons.org/licenses/by-nc-nd/2.0/", "id": 3, "name": "Licence three"}]
    write_json(
        root / "annotations/instances_val2017.json",
        {
            "info": {"description": "COCO 2017 Dataset", "year": 2017}, "licenses": licences, "images": images,
            "annotations": annotations, "categories": categories,
        },
    )
    for name in names.values():
        photograph(root / "val2017" / name)


def pascal_part_json():
    """The conversion: ids made of year and number, boxes a pixel short, areas of the boxes."""
    root = HERE / "pascal_part_json"
    annotations = [
        {"id": index + 1, "image_id": 2008000002, "category_id": category, "segmentation": [polygon], "iscrowd": 0,
         "bbox": [x, y, width - 1, height - 1], "area": (width - 1) * (height - 1)}
        for index, (category, polygon, (x, y, width, height)) in enumerate([
            (1, [1, 1, 5, 1, 5, 4, 1, 4], (1, 1, 4, 3)), (2, [5, 1, 7, 1, 7, 4, 5, 4], (5, 1, 2, 3)),
        ])
    ]
    write_json(
        root / "val.json",
        {
            "images": [{"id": 2008000002, "file_name": "2008_000002.jpg", "height": HEIGHT, "width": WIDTH}],
            "annotations": annotations,
            "categories": [{"id": 1, "name": "dog:head"}, {"id": 2, "name": "dog:tail"}],
        },
    )
    photograph(root / "JPEGImages/2008_000002.jpg")


def label_maps(folder, labels):
    """A map of labels as a palette PNG, in the layout of CamVid and Clothing Co-Parsing."""
    image = Image.fromarray(np.asarray(labels, np.uint8), mode="P")
    image.putpalette([value for label in range(256) for value in (label, 255 - label, 7 * label % 256)])
    path = HERE / folder / "val/labels/1.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)
    photograph(HERE / folder / "val/images/1.jpg")


# SA-1B.


def sa1b_record(number, masks, file_name):
    annotations = [
        {"id": 100 * number + index, "segmentation": code(mask), "bbox": tight(mask), "area": int(mask.sum()),
         "predicted_iou": 0.97, "stability_score": 0.96, "crop_box": [0, 0, mask.shape[1], mask.shape[0]],
         "point_coords": [[tight(mask)[0] + 0.5, tight(mask)[1] + 0.5]]}
        for index, mask in enumerate(masks)
    ]
    height, width = masks[0].shape
    image = {"image_id": number, "width": width, "height": height, "file_name": file_name}
    return {"image": image, "annotations": annotations}


def sa1b():
    """Nested masks, one of which has a backslash in its code."""
    wide = box(0, 44, 0, 50, height=60, width=100)
    assert "\\" in code(wide)["counts"]
    photographs = {1: [wide, box(4, 30, 4, 20, height=60, width=100)], 2: [box(1, 5, 1, 5), box(2, 3, 2, 4)]}
    root = HERE / "sa1b/sa_000000"
    table, labels, offsets = b"", b"", []
    for number, masks in photographs.items():
        height, width = masks[0].shape
        photograph(root / f"sa_{number}.jpg", width, height)
        record = sa1b_record(number, masks, f"sa_{number}.jpg")
        write_json(root / f"sa_{number}.json", record)
        # Column 0 is a path of the publisher's machine, with a character of two bytes here.
        row = [f"/publisher/d\u00e9p\u00f4t/sa_{number}.jpg".encode(), json.dumps(record).encode()]
        offsets.append((len(table), len(labels)))
        table += b"\t".join(row + [base64.b64encode((root / f"sa_{number}.jpg").read_bytes())]) + b"\n"
        record["annotations"] = record["annotations"][:1]
        labels += b"\t".join([row[0], json.dumps(record).encode()]) + b"\n"
    ends = [offset for offset, _ in offsets[1:]] + [len(table)]
    for name, has_labels in [("sa1b_tsv", False), ("sa1b_tsv_labels", True)]:
        folder = HERE / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "sa-0.tsv").write_bytes(table)
        # The second number is the line's length.
        lines = [f"{offset} {end - offset}\n" for (offset, _), end in zip(offsets, ends)]
        (folder / "sa-0.lineidx").write_text("".join(lines))
        if has_labels:
            (folder / "sa-0.label").write_bytes(labels)
            (folder / "sa-0.label.lineidx").write_text("".join(f"{offset}\n" for _, offset in offsets))


# ADE20K and panoptic forms.


def ade20k_instances():
    root = HERE / "ade20k_instances"
    name = "ADE_val_00000001"
    instances = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    # R is the category, G the number of the instance.
    instances[1:3, 1:3] = (13, 1, 0)
    instances[1:3, 4:6] = (13, 2, 0)
    instances[5, :] = (100, 1, 0)
    write_png(root / f"annotations_instance/validation/{name}.png", instances)
    labels = np.zeros((HEIGHT, WIDTH), np.uint8)
    labels[:3], labels[3:] = 3, 150
    write_png(root / f"annotations/validation/{name}.png", labels)
    photograph(root / f"images/validation/{name}.jpg")


def panoptic(root, annotation_file, masks, image_file, image_id, categories, segments):
    """`segments`: id, category, mask and crowd flag; later ones are painted over earlier ones."""
    ids = np.zeros((HEIGHT, WIDTH), np.uint32)
    info = []
    for identifier, category, mask, crowd in segments:
        ids[mask == 1] = identifier
        info.append(
            {"id": identifier, "category_id": category, "iscrowd": crowd, "bbox": tight(mask), "area": int(mask.sum())}
        )
    stem = pathlib.Path(image_file).stem
    write_png(masks / f"{stem}.png", np.stack([ids & 255, ids >> 8 & 255, ids >> 16], axis=-1))
    image = {"id": image_id, "file_name": f"{stem}.jpg", "height": HEIGHT, "width": WIDTH}
    write_json(
        root / annotation_file,
        {
            "info": {}, "licenses": [], "images": [image],
            "annotations": [{"segments_info": info, "file_name": f"{stem}.png", "image_id": image_id}],
            "categories": categories,
        },
    )
    photograph(root / image_file)


def ade20k_panoptic():
    root = HERE / "ade20k_panoptic"
    name = "ADE_val_00000001"
    categories = [
        {"id": 0, "name": "wall", "isthing": 0, "color": [120, 120, 120]},
        {"id": 2, "name": "sky", "isthing": 0, "color": [6, 230, 230]},
        {"id": 7, "name": "bed ", "isthing": 1, "color": [204, 5, 255]},
    ]
    # Things are painted over stuff: nothing of the sky stays, and areas are those before.
    segments = [
        (1, 0, box(0, 6, 0, 8), 0), (2 + 256, 2, box(1, 2, 1, 3), 0), (65536 + 7, 7, box(1, 4, 1, 5), 0),
    ]
    panoptic(
        root, "ade20k_panoptic_val.json", root / "ade20k_panoptic_val", f"images/validation/{name}.jpg", name, categories,
        segments,
    )


def coco_panoptic():
    root = HERE / "coco_panoptic"
    categories = [
        {"id": 1, "name": "person", "supercategory": "person", "isthing": 1, "color": [220, 20, 60]},
        {"id": 200, "name": "rug-merged", "supercategory": "floor", "isthing": 0, "color": [255, 255, 0]},
    ]
    segments = [
        (3226956, 1, box(1, 4, 1, 5), 0), (6979964, 200, box(4, 6, 0, 8), 0), (3103158, 1, box(0, 1, 0, 8), 1),
    ]
    panoptic(
        root, "annotations/panoptic_val2017.json", root / "annotations/panoptic_val2017", "val2017/000000000139.jpg", 139,
        categories, segments,
    )


def ade20k_full():
    """The quirks of the release: one element without its list, Latin-1, attributes as text, gaps in the ids."""
    name = "ADE_train_00000001"
    folder = HERE / "ade20k_full/ADE20K_2021_17_01/images/ADE/training/urban/street"

    def entry(identifier, text, code_number, level, parts, attributes):
        mask = f"{name}/instance_{identifier:03}_{name}.png"
        return {
            "id": identifier, "name": text, "name_ndx": code_number, "hypernym": [], "raw_name": text.split(",")[0],
            "attributes": attributes, "depth_ordering_rank": identifier + 1, "occluded": "no", "crop": "0",
            "parts": {**parts, "part_level": level}, "instance_mask": mask,
            "polygon": {"x": [1, 4, 4], "y": [1, 1, 3], "click_date": []}, "saved_date": "18-Dec-2005 06:56:48",
        }

    car, wheel, rim = box(1, 5, 1, 6), box(3, 5, 1, 3), box(4, 5, 1, 2)
    hidden = car.copy() * 255
    hidden[1, 5] = 128
    levels = [(car, 401, 17), (wheel, 2978, 21), (rim, 2122, 25)]
    for level, (mask, code_number, instance) in enumerate(levels):
        image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        visible = mask.copy()
        if level == 0:
            visible[1, 5] = 0
        image[visible == 1] = (code_number // 256 * 10, code_number % 256, instance)
        write_png(folder / (f"{name}_seg.png" if level == 0 else f"{name}_parts_{level}.png"), image)
    for identifier, mask in [(0, hidden), (3, wheel * 255), (4, rim * 255)]:
        write_png(folder / name / f"instance_{identifier:03}_{name}.png", mask)
    objects = [
        entry(0, "car, auto, caf\u00e9 car", 401, 0, {"hasparts": 3, "ispartof": []}, "parked"),
        entry(3, "wheel", 2978, 1, {"hasparts": [4], "ispartof": 0}, []),
        entry(4, "rim", 2122, 2, {"hasparts": [], "ispartof": 3}, ["steel"]),
    ]
    write_json(
        folder / f"{name}.json",
        {
            "annotation": {
                "filename": f"{name}.jpg", "folder": "ADE20K_2021_17_01/images/ADE/training/urban/street",
                "imsize": [HEIGHT, WIDTH, 3], "source": {"folder": "", "filename": "", "origin": ""},
                "scene": ["outdoor", "urban", "street"], "object": objects,
            }
        },
        encoding="latin-1",
    )
    photograph(folder / f"{name}.jpg")


objects365_v1()
objects365_v2()
paco("paco_lvis", "paco_lvis_v1_val.json", "train2017/000000000011.jpg", {})
paco(
    "paco_ego4d", "paco_ego4d_v1_val.json", "000cd456-ff8d-499b-b0c1-4acead128a8b_000024.jpeg",
    {"instance_id": "7", "blur_level": 1},
)
partimagenet("partimagenet_ood", "val.json", "val/n01440764/n01440764_10026.JPEG")
partimagenet("partimagenet_seg", "annotations/val/val.json", "images/val/n01440764_10026.JPEG")
sa1b()
ade20k_instances()
ade20k_panoptic()
ade20k_full()
coco_panoptic()
coco()
pascal_part_json()
label_maps("camvid", 3 * box(0, 6, 0, 8) + 5 * box(1, 3, 1, 5) + 8 * box(5, 6, 0, 8))
label_maps("clothing", 2 * box(1, 3, 1, 5) + 58 * box(4, 6, 0, 8))
write_json(HERE / "clothing/labels.json", ["null"] + [f"garment {label}" for label in range(1, 59)])
