"""Writes annotation and results files in the form of COCO, as large as the published ones. Seeded; standard library only."""

import argparse
import json
import math
import random

CATEGORY_IDS = [i for i in range(1, 91) if i not in (12, 26, 29, 30, 45, 66, 68, 69, 71, 83)]


def polygon(rng, width, height):
    """A star-shaped outline with COCO's mean of 30 vertices or so, in hundredths of a pixel."""
    size = math.exp(rng.uniform(math.log(8), math.log(200)))
    cx, cy = rng.uniform(0, width), rng.uniform(0, height)
    count = rng.randint(10, 60)
    points = []
    for i in range(count):
        angle = 2 * math.pi * i / count
        radius = size * rng.uniform(0.6, 1.0)
        points.append(round(min(max(cx + radius * math.cos(angle), 0), width), 2))
        points.append(round(min(max(cy + radius * math.sin(angle), 0), height), 2))
    return points


def area_and_box(points):
    xs, ys = points[0::2], points[1::2]
    area = abs(sum(xs[i - 1] * ys[i] - xs[i] * ys[i - 1] for i in range(len(xs)))) / 2
    x, y = min(xs), min(ys)
    return round(area, 4), [x, y, round(max(xs) - x, 2), round(max(ys) - y, 2)]


def image(index):
    name = f"{index:012d}.jpg"
    return {
        "license": index % 8 + 1, "file_name": name, "coco_url": f"http://images.cocodataset.org/train2017/{name}",
        "height": 480, "width": 640, "date_captured": "2013-11-14 11:18:45",
        "flickr_url": f"http://farm9.staticflickr.com/{index}/{index * 7919}_abcdef_z.jpg", "id": index,
    }


def write_document(path, images, annotations_per_image, seed, size_limit=None):
    """Writes images first, as COCO does. With a limit, annotations stop at about that many bytes. Returns the regions."""
    rng = random.Random(seed)
    truth = []
    with open(path, "w") as file:
        file.write('{"info": {"description": "made by make_files.py", "year": 2017}, "licenses": ')
        json.dump([{"url": "", "id": i, "name": f"Licence {i}"} for i in range(1, 9)], file)
        file.write(', "images": [')
        file.write(", ".join(json.dumps(image(i + 1)) for i in range(images)))
        file.write('], "annotations": [')
        count = 0
        while count < images * annotations_per_image and (size_limit is None or file.tell() < size_limit):
            lines = []
            for _ in range(1000):
                if count == images * annotations_per_image:
                    break
                count += 1
                image_id = rng.randrange(images) + 1
                crowd = rng.random() < 0.01
                points = polygon(rng, 640, 480)
                area, box = area_and_box(points)
                segmentation = [points]
                if crowd:
                    runs = [rng.randrange(1, 300) for _ in range(400)]
                    runs.append(640 * 480 - sum(runs))
                    segmentation = {"counts": runs, "size": [480, 640]}
                record = {
                    "segmentation": segmentation, "area": area, "iscrowd": int(crowd), "image_id": image_id,
                    "bbox": box, "category_id": rng.choice(CATEGORY_IDS), "id": count,
                }
                truth.append((image_id, record["category_id"], points, box, crowd))
                lines.append(json.dumps(record))
            file.write((", " if count > 1000 else "") + ", ".join(lines))
        file.write('], "categories": ')
        json.dump([{"supercategory": "thing", "id": i, "name": f"category {i}"} for i in CATEGORY_IDS], file)
        file.write("}")
    return truth


def write_panoptic(path, images, segments_per_image, seed):
    """Panoptic annotations in the order of COCO's file; the PNG files are not made."""
    rng = random.Random(seed)
    with open(path, "w") as file:
        file.write('{"info": {"description": "made by make_files.py", "year": 2017}, "licenses": [], "images": [')
        file.write(", ".join(json.dumps(image(i + 1)) for i in range(images)))
        file.write('], "annotations": [')
        for index in range(images):
            segments = []
            for identifier in rng.sample(range(1, 1 << 24), rng.randint(1, 2 * segments_per_image - 1)):
                x, y = rng.randrange(600), rng.randrange(440)
                width, height = rng.randint(1, 640 - x), rng.randint(1, 480 - y)
                segments.append({
                    "id": identifier, "category_id": rng.choice(CATEGORY_IDS), "iscrowd": int(rng.random() < 0.01),
                    "bbox": [x, y, width, height], "area": rng.randint(1, width * height),
                })
            record = {"segments_info": segments, "file_name": f"{index + 1:012d}.png", "image_id": index + 1}
            file.write((", " if index else "") + json.dumps(record))
        file.write('], "categories": ')
        json.dump(
            [{"supercategory": "thing", "isthing": 1, "id": i, "name": f"category {i}"} for i in CATEGORY_IDS], file)
        file.write("}")


def counts_string(runs):
    """COCO's compressed code of run lengths."""
    out = []
    for i, run in enumerate(runs):
        x = run - runs[i - 2] if i > 2 else run
        more = True
        while more:
            group = x & 0x1F
            x >>= 5
            more = x != -1 if group & 0x10 else x != 0
            out.append(chr((group | 0x20 if more else group) + 48))
    return "".join(out)


def filled(points, dx, dy, scale, width, height):
    """The code of a moved and scaled outline, scan line by scan line down the columns."""
    xs, ys = points[0::2], points[1::2]
    cx, cy = sum(xs) / len(xs), sum(ys) / len(ys)
    xs = [cx + (x - cx) * scale + dx for x in xs]
    ys = [cy + (y - cy) * scale + dy for y in ys]
    runs, position = [], 0
    for column in range(max(int(min(xs)), 0), min(int(max(xs)) + 1, width)):
        centre = column + 0.5
        crossings = []
        for i in range(len(xs)):
            (x0, y0), (x1, y1) = (xs[i - 1], ys[i - 1]), (xs[i], ys[i])
            if (x0 <= centre) != (x1 <= centre):
                crossings.append(y0 + (centre - x0) * (y1 - y0) / (x1 - x0))
        crossings.sort()
        for top, bottom in zip(crossings[0::2], crossings[1::2]):
            first, last = max(round(top), 0), min(round(bottom), height)
            if last > first:
                start = column * height + first
                if start == position and runs:
                    runs[-1] += last - first
                else:
                    runs += [start - position, last - first]
                position = column * height + last
    if not runs:
        runs, position = [width * height // 2, 1], width * height // 2 + 1
    if position < width * height:
        runs.append(width * height - position)
    return counts_string(runs)


def write_results(path, truth, count, images, seed):
    rng = random.Random(seed)
    with open(path, "w") as file:
        file.write("[")
        for index in range(count):
            image_id, category, points, box, _ = rng.choice(truth)
            if rng.random() < 0.2:
                category = rng.choice(CATEGORY_IDS)
            dx, dy = rng.gauss(0, box[2] * 0.08), rng.gauss(0, box[3] * 0.08)
            code = filled(points, dx, dy, rng.uniform(0.8, 1.2), 640, 480)
            record = {
                "image_id": image_id, "category_id": category, "score": round(rng.random(), 3),
                "bbox": [round(box[0] + dx, 2), round(box[1] + dy, 2), box[2], box[3]],
                "segmentation": {"size": [480, 640], "counts": code},
            }
            file.write((", " if index else "") + json.dumps(record))
        file.write("]")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--megabytes", type=int, default=450, help="size of train.json")
    parser.add_argument("--images", type=int, default=5000, help="images of val.json")
    parser.add_argument("--results", type=int, default=50000)
    arguments = parser.parse_args()
    write_document(f"{arguments.folder}/train.json", 118287, 100, 1, arguments.megabytes * 1_000_000)
    write_panoptic(f"{arguments.folder}/panoptic.json", 118287, 11, 4)
    truth = write_document(f"{arguments.folder}/val.json", arguments.images, 7, 2)
    write_results(f"{arguments.folder}/results.json", truth, arguments.results, arguments.images, 3)


if __name__ == "__main__":
    main()
