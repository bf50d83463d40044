"""Cuts the middle 256 x 256 pixels out of the first four photographs that have three to eight objects over 400 pixels
there, and writes them in the form of COCO."""
import json
import os
import sys

import numpy as np
from PIL import Image
from pycocotools import mask as masks
from pycocotools.coco import COCO

SIDE = 256
coco_folder, output = sys.argv[1:3]
os.makedirs(f"{output}/train2017")
os.makedirs(f"{output}/annotations")
coco = COCO(f"{coco_folder}/annotations/instances_train2017.json")
images, annotations = [], []
for number in sorted(coco.getImgIds()):
    image = coco.loadImgs(number)[0]
    if min(image["width"], image["height"]) < SIDE:
        continue
    x, y = (image["width"] - SIDE) // 2, (image["height"] - SIDE) // 2
    objects = []
    for annotation in coco.loadAnns(coco.getAnnIds(number, iscrowd=False)):
        bitmap = coco.annToMask(annotation)[y : y + SIDE, x : x + SIDE]
        if bitmap.sum() > 400:
            objects.append((annotation["category_id"], np.asfortranarray(bitmap)))
    if not 3 <= len(objects) <= 8:
        continue
    name = f"{number:012d}.png"
    photograph = Image.open(f"{coco_folder}/train2017/{image['file_name']}").convert("RGB")
    photograph.crop((x, y, x + SIDE, y + SIDE)).save(f"{output}/train2017/{name}")
    images.append({"id": number, "file_name": name, "width": SIDE, "height": SIDE})
    for category, bitmap in objects:
        code = masks.encode(bitmap)
        annotations.append({
            "id": len(annotations) + 1, "image_id": number, "category_id": category, "iscrowd": 0,
            "area": int(bitmap.sum()), "bbox": [float(v) for v in masks.toBbox(code)],
            "segmentation": {"size": [SIDE, SIDE], "counts": code["counts"].decode()},
        })
    if len(images) == 4:
        break
categories = coco.loadCats(coco.getCatIds())
with open(f"{output}/annotations/instances_train2017.json", "w") as file:
    json.dump({"images": images, "annotations": annotations, "categories": categories}, file)
print(f"{len(images)} pictures, {len(annotations)} objects")
