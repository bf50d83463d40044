"""Times `encode` and `click` of the default network in PyTorch and in this library, in alternating rounds of one run.

The library's side is a child process (`model-benchmarks`). It reads lines `encode THREADS REPEATS` or
`click THREADS REPEATS` and answers each with one line: the milliseconds of each call, separated by blanks.

Both sides work on an image of 384 x 288 pixels, which the size rule of the default network leaves as it is:
- encode: from its bytes to the features (normalising, padding, backbone, pixel decoder);
- click: from the features and one click to six masks of 384 x 288 pixels with their predicted IoU.
"""

import argparse
import json
import os
import platform
import statistics
import struct
import subprocess
import sys
import time

import torch

WIDTH, HEIGHT = 384, 288
CLICK = (191.5, 143.5)
OPERATIONS = ("encode", "click")
THREADS = (1, 2)


def read_safetensors(path, prefix):
    """The tensors whose keys begin with `prefix`, as float32, without it."""
    types = {"BF16": torch.bfloat16, "F16": torch.float16, "F32": torch.float32}
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = bytearray(file.read())
    tensors = {}
    for key, entry in header.items():
        if key.startswith(prefix):
            start, end = entry["data_offsets"]
            flat = torch.frombuffer(memoryview(data)[start:end], dtype=types[entry["dtype"]])
            tensors[key[len(prefix) :]] = flat.reshape(entry["shape"]).float()
    return tensors


class PyTorchSide:
    """The reference definition, in inference mode."""

    def __init__(self, shared):
        sys.path.insert(0, os.path.join(shared, "parity"))
        from default_model import SemanticSAM

        self.model = SemanticSAM().eval()
        self.model.load_state_dict(read_safetensors(os.path.join(shared, "weights/default.safetensors"), "model."))
        generator = torch.Generator().manual_seed(1)
        self.image = torch.randint(0, 256, (HEIGHT, WIDTH, 3), dtype=torch.uint8, generator=generator)
        with torch.inference_mode():
            self.encoded = self.model.encode(self.image)

    def run(self, operation):
        if operation == "encode":
            self.model.encode(self.image)
        else:
            self.model.predict(self.image, clicks=[CLICK], encoded=self.encoded)

    def times(self, operation, threads, repeats):
        torch.set_num_threads(threads)
        milliseconds = []
        with torch.inference_mode():
            if repeats > 1:
                self.run(operation)  # Not timed; the library's side does the same.
            for _ in range(repeats):
                start = time.perf_counter()
                self.run(operation)
                milliseconds.append((time.perf_counter() - start) * 1000)
        return milliseconds


class SwiftSide:
    """The child process."""

    def __init__(self, path):
        self.child = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def times(self, operation, threads, repeats):
        self.child.stdin.write(f"{operation} {threads} {repeats}\n")
        self.child.stdin.flush()
        line = self.child.stdout.readline()
        milliseconds = [float(word) for word in line.split()]
        if len(milliseconds) != repeats:
            raise SystemExit(f"model-benchmarks answered '{line.strip()}' to '{operation} {threads} {repeats}'.")
        return milliseconds

    def close(self):
        self.child.stdin.close()
        self.child.wait()


def processor():
    try:
        with open("/proc/cpuinfo") as file:
            names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
        return f"{names[0]}, {len(names)} processors" if names else platform.processor()
    except OSError:
        return platform.processor() or platform.machine()


def measure(sides, rounds, repeats):
    """{(operation, threads): {side: [milliseconds]}}; the sides take turns, and who goes first alternates too."""
    samples = {(o, t): {name: [] for name in sides} for o in OPERATIONS for t in THREADS}
    for round in range(rounds + 1):
        for (operation, threads), sample in samples.items():
            for name in sorted(sides, reverse=round % 2 == 1):
                times = sides[name].times(operation, threads, repeats)
                if round > 0:  # The first round warms up.
                    sample[name] += times
    return samples


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", required=True, help="folder of the shared reference data")
    parser.add_argument("--swift", required=True, help="the executable model-benchmarks")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=10, help="calls a round")
    parser.add_argument("--json", help="file for all times")
    options = parser.parse_args()

    swift = SwiftSide(options.swift)
    samples = measure({"PyTorch": PyTorchSide(options.shared), "Swift": swift}, options.rounds, options.repeats)
    swift.close()

    calls = options.rounds * options.repeats
    print(f"{processor()}; PyTorch {torch.__version__}; image of {WIDTH} x {HEIGHT}; median of {calls} calls.\n")
    print("| | threads | this library, ms | PyTorch, ms | PyTorch / this library |")
    print("| --- | --- | --- | --- | --- |")
    rows = []
    for (operation, threads), sample in samples.items():
        medians = {name: statistics.median(times) for name, times in sample.items()}
        ratio = medians["PyTorch"] / medians["Swift"]
        print(f"| {operation} | {threads} | {medians['Swift']:.2f} | {medians['PyTorch']:.2f} | {ratio:.2f} |")
        rows.append({"operation": operation, "threads": threads, "medians": medians, "ratio": ratio, "samples": sample})
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"processor": processor(), "torch": torch.__version__, "rows": rows}, file, indent=1)


if __name__ == "__main__":
    main()
