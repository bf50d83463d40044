"""Times automatic masks with the published Swin-T network and arbitrary weights; see Benchmarks/generate."""

import argparse
import datetime
import json
import os
import statistics
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

import numpy

import safetensors_file

QUERIES = 32 * 32 * 6
# Added to the bias of the predicted IoU: the rule's weights predict from -1.03 to -0.24, and thresholds are 0 to 1.
IOU_SHIFT = 1.1


def write_checkpoint(shared, path):
    sys.path.insert(0, os.path.join(shared, "parity"))
    import fixture_weights

    with open(os.path.join(shared, "parity", "keys_swinT.tsv")) as file:
        rows = [line.rstrip("\n").split("\t") for line in file][1:]
    tensors = {}
    for key, extents, kind, alias_of, *_ in rows:
        if kind == "float32" and not alias_of and ".criterion." not in key:  # Weights of the loss.
            shape = [int(extent) for extent in extents.split("x") if extent.isdigit()]
            tensors[key] = fixture_weights.fixture(key, shape)
            if key.endswith("iou_prediction_head.layers.2.bias"):
                tensors[key] += numpy.float32(IOU_SHIFT)
    safetensors_file.write(path, tensors)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", required=True)
    parser.add_argument("--swift", required=True)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", metavar="FILE")
    options = parser.parse_args()
    image = os.path.join(options.shared, "images", "dog.jpg")
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = os.path.join(folder, "swinT.safetensors")
        write_checkpoint(options.shared, checkpoint)

        def ask(*arguments):
            answer = subprocess.run(
                [options.swift, arguments[0], checkpoint, image, *arguments[1:]], check=True, capture_output=True, text=True)
            return answer.stdout.split()

        predictions = numpy.sort([float(word) for word in ask("predictions")])
        assert len(predictions) == QUERIES and 0 < predictions[0] and predictions[-1] < 1
        passing = {
            QUERIES: 0.0,
            # Between the last that stays behind and the first that goes on; the program reads it as a 32-bit number.
            QUERIES // 4: float(numpy.float32(predictions[QUERIES - QUERIES // 4 - 1])),
            0: 1.0,
        }
        processor = next(
            (line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "unknown")
        print(f"{datetime.date.today()}, {processor}, {options.rounds} rounds, medians\n")
        print("| masks that go on | threads | seconds | of it image | GMAC | of peak | peak memory, MiB | kept |")
        print("| --- | --- | --- | --- | --- | --- | --- | --- |")
        for count, threshold in passing.items():
            for threads in options.threads:
                runs = []
                for _ in range(options.rounds):
                    words = ask("generate", repr(threshold), str(threads))
                    runs.append({name: float(value) for name, value in zip(words[::2], words[1::2])})
                first = runs[0]
                seconds = [run["encode_seconds"] + run["masks_seconds"] for run in runs]
                gmac = (first["encode_mac"] + QUERIES * first["query_mac"] + count * first["mask_mac"]) / 1e9
                peak = max(run["peak_gflops"] for run in runs) * threads
                share = 2 * gmac / statistics.median(seconds) / peak
                memory = max(run["peak_bytes"] for run in runs) / 2**20
                encode = statistics.median(run["encode_seconds"] for run in runs)
                print(
                    f"| {count} | {threads} | {statistics.median(seconds):.2f} | {encode:.2f} | {gmac:.0f} "
                    f"| {share:.0%} | {memory:.0f} | {first['kept']:.0f} |", flush=True)
                rows.append({
                    "passing": count, "threads": threads, "seconds": seconds, "gmac": gmac, "peak_gflops": peak,
                    "memory_mib": memory})
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"processor": processor, "automatic_masks": rows}, file, indent=1)


main()
