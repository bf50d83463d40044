"""Times training steps of this library, and of `default` also PyTorch's forward + backward, in alternating rounds of one run.

The library's side of each network is a child process (`training-benchmarks`; its source describes the protocol). Its step is
everything: drawing prompts, forward, matching, losses, backward, AdamW. PyTorch's side is less: the definition of `default`
forward on as many prompts of the same kinds and as many refined masks as a step has, a scalar of all outputs, and backward;
no matching, no losses, no optimiser.

The share of the peak counts necessary multiplications only: products and convolutions of the forward pass three times (once
forward, once for each factor backward), without sampling, norms and losses.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import time

import torch

from default_model_times import read_safetensors

WIDTH, HEIGHT = 320, 240
CLICKS, BOXES = 24, 12
REFINED = 47  # at most 30 matched queries of clicks, 9 of boxes and 8 others; see RefinedQueries
THREADS = (1, 2)
NETWORKS = {
    "tiny": "tiny, 320 x 240, 24 clicks, 12 boxes",
    "default": "default, 320 x 240, 24 clicks, 12 boxes",
    "default-saving": "the same, saving memory",
    "swinT": "Swin-T, 512 x 512, 20 clicks",
    "swinT-saving": "the same, saving memory",
}


class PyTorchSide:
    """Forward and backward of the reference definition."""

    def __init__(self, shared):
        sys.path.insert(0, os.path.join(shared, "parity"))
        from default_model import SemanticSAM

        self.model = SemanticSAM()
        self.model.load_state_dict(read_safetensors(os.path.join(shared, "weights/default.safetensors"), "model."))
        generator = torch.Generator().manual_seed(1)
        self.image = torch.randint(0, 256, (HEIGHT, WIDTH, 3), dtype=torch.uint8, generator=generator)
        self.clicks = 0.2 + 0.6 * torch.rand(CLICKS, 2, generator=generator)
        centres, sizes = torch.rand(BOXES, 2, generator=generator), torch.rand(BOXES, 2, generator=generator)
        self.boxes = torch.cat([0.3 + 0.4 * centres, 0.1 + 0.4 * sizes], 1)
        self.rows = torch.randperm(6 * CLICKS + BOXES, generator=generator)[:REFINED]
        of_clicks = self.clicks[:, None].expand(-1, 6, -1).reshape(-1, 2)
        self.click_of_query = torch.cat([of_clicks, torch.full((BOXES, 2), math.nan)])

    def forward(self):
        features, size = self.model.encode(self.image)
        predictor = self.model.sem_seg_head.predictor
        layers = predictor(features, self.clicks, self.boxes, size)
        last, refiner, rows = layers[-1], predictor.mask_refiner, self.rows
        grid, iou = refiner(
            refiner.reduced(features), last["query"][rows], last["box"][rows].detach(), last["mask"][rows].detach(),
            self.click_of_query[rows])
        outputs = [layer[name] for layer in layers for name in ("mask", "box", "iou")] + [grid, iou]
        return sum(output.square().mean() for output in outputs)

    def times(self, threads, repeats):
        torch.set_num_threads(threads)
        milliseconds = []
        for _ in range(repeats):
            self.model.zero_grad()
            start = time.perf_counter()
            self.forward().backward()
            milliseconds.append((time.perf_counter() - start) * 1000)
        return milliseconds

    def multiplications(self):
        """10^9 multiply-adds of the forward pass."""
        from torch.utils.flop_counter import FlopCounterMode

        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            self.forward()
        return counter.get_total_flops() / 2e9


def transformer_multiplications(configuration, tokens, queries, cells):
    """GMAC of the transformer layers of pixel decoder and mask decoder, and of the masks."""
    pixel, decoder = configuration["pixel_decoder"], configuration["decoder"]
    d, ffn = pixel["conv_dim"], pixel["ffn_dim"]
    samples = 4 * 4 * 3  # levels, points, coordinates and weight; times the heads
    encoder = pixel["layers"] * tokens * (d * (2 * d + pixel["heads"] * samples) + 2 * d * ffn)
    e, m = decoder["hidden_dim"], pixel["mask_dim"]
    # Attention's projections, feed-forward and the position; then the heads for boxes (twice), IoU and masks.
    layer = e * (5 * e + 8 * samples + 2 * decoder["ffn_dim"]) + 3 * e * e
    heads = 2 * (2 * e * e + 4 * e) + 2 * e * e + e + 2 * e * e + e * m + cells * m
    values = decoder["layers"] * tokens * e * e
    return (encoder + decoder["layers"] * queries * (layer + heads) + values) * 1e-9


def swin_multiplications(configuration, width, height, queries):
    """GMAC of the forward pass of a network with a Swin backbone."""
    backbone = configuration["backbone"]
    c, window = backbone["embed_dim"], backbone["window_size"]
    h, w = height // 4, width // 4
    total = h * w * 48 * c
    for stage, depth in enumerate(backbone["depths"]):
        padded = (-(-h // window) * window) * (-(-w // window) * window)
        total += depth * (padded * (4 * c * c + 2 * window * window * c) + h * w * 8 * c * c)
        if stage < 3:
            total += (h // 2) * (w // 2) * 8 * c * c
        c, h, w = (2 * c, h // 2, w // 2) if stage < 3 else (c, h, w)
    cells = [(height // s) * (width // s) for s in (4, 8, 16, 32, 64)]
    d, m, e = configuration["pixel_decoder"]["conv_dim"], configuration["pixel_decoder"]["mask_dim"], backbone["embed_dim"]
    total += d * e * (2 * cells[1] + 4 * cells[2] + 8 * cells[3] + 72 * cells[4])
    total += cells[0] * (e * d + 9 * d * d + d * m)
    return total * 1e-9 + transformer_multiplications(configuration, sum(cells[1:]), queries, cells[0])


class SwiftSide:
    """A child process."""

    def __init__(self, path, network):
        self.child = subprocess.Popen([path, network], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, line):
        self.child.stdin.write(line + "\n")
        self.child.stdin.flush()
        return self.child.stdout.readline()

    def times(self, operation, threads, repeats):
        return [float(word) for word in self.ask(f"{operation} {threads} {repeats}").split()]

    def close(self):
        self.child.stdin.close()
        self.child.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", required=True, help="folder of the shared reference data")
    parser.add_argument("--swift", required=True, help="the executable training-benchmarks")
    parser.add_argument("--networks", nargs="+", default=list(NETWORKS), choices=list(NETWORKS))
    parser.add_argument("--rounds", type=int, default=5, help="steps of each side and number of threads")
    parser.add_argument("--json", help="file for all times")
    options = parser.parse_args()

    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    rows, machine = [], None
    for network in options.networks:
        swift = SwiftSide(options.swift, network)
        machine = json.loads(swift.ask("machine"))
        if len(rows) == 0:
            about = machine["machine"]
            print(f"{about['processor']}, {about['instructionSet']}, {machine['peak']:.0f} GFLOP/s a thread; ", end="")
            print(f"PyTorch {torch.__version__}; commit {commit}; median of {options.rounds} steps, prompts included.\n")
            print("| network | threads | step, ms | forward, ms | step / forward | memory, MiB | GMAC | of peak | PyTorch "
                  "forward + backward, ms | PyTorch / step |")
            print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
        torch_side = PyTorchSide(options.shared) if network.startswith("default") else None
        if torch_side:
            multiplications = torch_side.multiplications()
        else:
            with open(os.path.join(options.shared, f"parity/configs/{network.removesuffix('-saving')}.json")) as file:
                configuration = json.load(file)
            size = (512, 512, 120) if network.startswith("swinT") else (320, 256, 6 * CLICKS + BOXES)
            multiplications = swin_multiplications(configuration, *size)
        for threads in THREADS:
            samples = {"step": [], "forward": [], "torch": []}
            for round in range(options.rounds + 1):
                parts = {"forward": swift.times("forward", threads, 1), "step": swift.times("step", threads, 1)}
                if torch_side:
                    parts["torch"] = torch_side.times(threads, 1)
                if round > 0:  # The first round warms up.
                    for name, times in parts.items():
                        samples[name] += times
            medians = {name: statistics.median(times) for name, times in samples.items() if times}
            step = medians["step"]
            memory = float(swift.ask("memory"))
            peak = threads * machine["peak"] * step / 1000
            share = 2 * 3 * multiplications / peak
            against = f"{medians['torch']:.0f} | {medians['torch'] / step:.2f}" if torch_side else "- | -"
            print(f"| {NETWORKS[network]} | {threads} | {step:.0f} | {medians['forward']:.1f} | "
                  f"{step / medians['forward']:.2f} | {memory:.0f} | {multiplications:.2f} | {100 * share:.0f} % | "
                  f"{against} |", flush=True)
            rows.append({"network": network, "threads": threads, "medians": medians, "samples": samples,
                         "memory_mib": memory, "forward_gmac": multiplications, "share_of_peak": share})
        swift.close()
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"machine": machine, "torch": torch.__version__, "commit": commit, "rows": rows}, file, indent=1)


if __name__ == "__main__":
    main()
