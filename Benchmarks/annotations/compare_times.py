"""Times annotation reading and COCO's evaluation in this library, pycocotools and faster-coco-eval.

Each measurement is a process of its own, the tools in turn, several rounds; medians are printed. Imports are not timed.
"""

import argparse
import importlib.metadata
import json
import os
import statistics
import subprocess
import sys

COLUMNS = [
    "AP", "AP50", "AP75", "AP_small", "AP_medium", "AP_large", "AR_max1", "AR_max10", "AR_max100", "AR_small",
    "AR_medium", "AR_large",
]

INDEX = """
import contextlib, io, json, sys, time
{imports}
def memory(name):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith(name))
before = memory("VmRSS")
start = time.perf_counter()
with contextlib.redirect_stdout(io.StringIO()):
    coco = COCO(sys.argv[1])
seconds = time.perf_counter() - start
print(json.dumps(dict(
    seconds=seconds, annotations=len(coco.anns), images=len(coco.imgs),
    resident_bytes=memory("VmRSS") - before, peak_bytes=memory("VmHWM") - before)))
"""

# As panopticapi does it: all of the file, and the annotations by image.
PANOPTIC = """
import json, sys, time
def memory(name):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith(name))
before = memory("VmRSS")
start = time.perf_counter()
with open(sys.argv[1]) as file:
    document = json.load(file)
annotations = {annotation["image_id"]: annotation for annotation in document["annotations"]}
seconds = time.perf_counter() - start
print(json.dumps(dict(
    seconds=seconds, images=len(annotations), segments=sum(len(a["segments_info"]) for a in annotations.values()),
    resident_bytes=memory("VmRSS") - before, peak_bytes=memory("VmHWM") - before)))
"""

EVALUATE = """
import contextlib, io, json, sys, time
{imports}
start = time.perf_counter()
with contextlib.redirect_stdout(io.StringIO()):
    truth = COCO(sys.argv[1])
    with open(sys.argv[2]) as file:
        results = json.load(file)
    for result in results:
        # With both fields, areas of masks would be those of their boxes.
        del result["bbox" if sys.argv[3] == "segm" else "segmentation"]
    found = truth.loadRes(results)
    read = time.perf_counter()
    evaluation = Evaluation(truth, found, sys.argv[3])
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
end = time.perf_counter()
stats = [float(value) for value in list(evaluation.stats)[:12]]
print(json.dumps(dict(seconds=end - start, read_seconds=read - start, stats=stats)))
"""

PYCOCOTOOLS = "from pycocotools.coco import COCO\nfrom pycocotools.cocoeval import COCOeval as Evaluation"
FASTER = "from faster_coco_eval import COCO, COCOeval_faster as Evaluation"


def run(command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def rounds(count, tools):
    """The measurements of each tool, tools in turn."""
    results = {name: [] for name in tools}
    for _ in range(count):
        for name, command in tools.items():
            results[name].append(run(command))
    return results


def median(measurements, key):
    return statistics.median(measurement[key] for measurement in measurements)


def print_reading(measured, size):
    print("| | s | MB/s | resident MB | peak MB |\n|---|---:|---:|---:|---:|")
    for name, measurements in measured.items():
        seconds = median(measurements, "seconds")
        resident, peak = (median(measurements, key) / 1e6 for key in ("resident_bytes", "peak_bytes"))
        print(f"| {name} | {seconds:.2f} | {size / 1e6 / seconds:.0f} | {resident:.0f} | {peak:.0f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", required=True)
    parser.add_argument("--swift", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", help="write all measurements to this file")
    arguments = parser.parse_args()
    train, val, results = (os.path.join(arguments.files, name) for name in ("train.json", "val.json", "results.json"))
    ours = "this library"
    others = {
        f"pycocotools {importlib.metadata.version('pycocotools')}": PYCOCOTOOLS,
        f"faster-coco-eval {importlib.metadata.version('faster-coco-eval')}": FASTER,
    }
    measured = {}

    size = os.path.getsize(train)
    tools = {ours: [arguments.swift, "index", train]}
    reference, imports = next(iter(others.items()))
    tools[f"Python's json and {reference}"] = [sys.executable, "-c", INDEX.format(imports=imports), train]
    measured["index"] = rounds(arguments.rounds, tools)
    counts = {(m["annotations"], m["images"]) for ms in measured["index"].values() for m in ms}
    if len(counts) != 1:
        sys.exit(f"compare_times: the tools count different records: {counts}")
    print(f"Index of {size / 1e6:.0f} MB with {int(counts.pop()[0])} annotations, medians of {arguments.rounds}:\n")
    print_reading(measured["index"], size)
    kept = median(measured["index"][ours], "kept_bytes") / 1e6
    print(f"\nThe arrays that this library keeps have {kept:.0f} MB.\n")

    panoptic = os.path.join(arguments.files, "panoptic.json")
    size = os.path.getsize(panoptic)
    measured["panoptic"] = rounds(arguments.rounds, {
        ours: [arguments.swift, "panoptic", panoptic], "Python's json": [sys.executable, "-c", PANOPTIC, panoptic],
    })
    counts = {(m["images"], m["segments"]) for ms in measured["panoptic"].values() for m in ms}
    if len(counts) != 1:
        sys.exit(f"compare_times: the tools count different records: {counts}")
    images, segments = counts.pop()
    print(f"Panoptic annotations of {int(images)} photographs, {int(segments)} segments, {size / 1e6:.0f} MB:\n")
    print_reading(measured["panoptic"], size)
    print()

    for task in ("segm", "bbox"):
        tools = {ours: [arguments.swift, "evaluate", val, results, task]}
        for name, imports in others.items():
            tools[name] = [sys.executable, "-c", EVALUATE.format(imports=imports), val, results, task]
        measured[task] = rounds(arguments.rounds, tools)
        times = {name: median(ms, "seconds") for name, ms in measured[task].items()}
        own = [measured[task][ours][0][column] for column in COLUMNS]
        print(f"Evaluation `{task}` of {os.path.getsize(results) / 1e6:.0f} MB of results, reading included:\n")
        print("| | s | of it reading | times as long | largest difference |\n|---|---:|---:|---:|---:|")
        for name, measurements in measured[task].items():
            stats = own if name == ours else measurements[0]["stats"]
            difference = max(abs(a - b) for a, b in zip(own, stats))
            print(
                f"| {name} | {times[name]:.2f} | {median(measurements, 'read_seconds'):.2f} "
                f"| {times[name] / times[ours]:.1f} | {difference:.1e} |"
            )
        print()
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump(measured, file, indent=1)


if __name__ == "__main__":
    main()
