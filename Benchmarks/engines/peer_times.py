"""Times networks in this library and in other engines, in turns, after checking what each of them computes.

Every engine and number of threads is a process of its own, which waits while the others run. In a round each of them runs
a few times; the order changes with the round. The peak is what a C program of nothing but multiply-adds reaches with as
many threads, the better of before and after.
"""

import argparse
import datetime
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True

import numpy

import safetensors_file
import workloads

HERE = os.path.dirname(os.path.abspath(__file__))
OURS = "this library"
OURS_BF16 = "this library bf16"
ENGINES = ["onnxruntime", "openvino", "openvino-bf16", "torch"]
# The largest error that an output may have (see Workload.error).
BOUNDS = {"f32": 1e-3, "bf16": 0.3}


def cpu_line(key):
    try:
        with open("/proc/cpuinfo") as file:
            return next((line.split(":", 1)[1].strip() for line in file if line.startswith(key)), "")
    except OSError:
        return ""


def has_bf16():
    return bool({"avx512_bf16", "amx_bf16"} & set(cpu_line("flags").split()))


class SwiftEngine:
    """This library: one process for all numbers of threads."""

    def __init__(self, name, path, workload, threads, folder):
        self.child = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.call, self.threads, self.version = workload.swift_call, threads, name
        start = time.perf_counter()
        setup = workload.swift_setup
        if name == OURS_BF16:
            self.ask("precision bfloat16")
            setup += " bfloat16" if setup.startswith("swin ") else ""
        self.ask(setup)
        self.load_seconds = time.perf_counter() - start
        outputs = os.path.join(folder, "swift.safetensors")
        self.run(1)
        self.ask(f"write-{self.call} {outputs}")
        self.error = workload.error(self.named(safetensors_file.read(outputs)))

    @staticmethod
    def named(tensors):
        """`mask_features` of the built-in network are channels last here, as the fused map is."""
        if "fused_map" not in tensors:
            return tensors
        turned = {name: tensors[name].transpose(2, 0, 1) for name in ("fused_map", "mask_features")}
        return {**tensors, **turned}

    def ask(self, command):
        self.child.stdin.write(command + "\n")
        self.child.stdin.flush()
        answer = self.child.stdout.readline().strip()
        if not answer:
            raise SystemExit(f"peers: model-benchmarks ended at '{command}'; run it alone to see why.")
        return answer

    def run(self, repeats):
        return [float(word) for word in self.ask(f"{self.call} {self.threads} {repeats}").split()]

    def close(self):
        self.child.stdin.close()
        self.child.wait()


class PeerEngine:
    def __init__(self, engine, workload, threads, folder, shared, spins):
        outputs = os.path.join(folder, "outputs.npz")
        command = [sys.executable, os.path.join(HERE, "engine_child.py"), engine, str(threads), workload.name]
        command += [workload.graph, shared, workload.inputs, outputs]
        environment = dict(os.environ, OMP_NUM_THREADS=str(threads), PYTHONDONTWRITEBYTECODE="1")
        if not spins:
            environment.update(OMP_WAIT_POLICY="passive", GOMP_SPINCOUNT="0", KMP_BLOCKTIME="0", PEERS_NO_SPIN="1")
        self.child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        line = self.child.stdout.readline()
        if not line:
            raise ChildProcessError(f"{engine} ended with status {self.child.wait()}")
        answer = json.loads(line)
        self.version, self.load_seconds = answer["version"], answer["load_seconds"]
        with numpy.load(outputs) as file:
            self.error = workload.error({name: file[name] for name in file.files})
        os.remove(outputs)

    def run(self, repeats):
        self.child.stdin.write(f"{repeats}\n")
        self.child.stdin.flush()
        return json.loads(self.child.stdout.readline())

    def close(self):
        self.child.stdin.close()
        self.child.wait()


def start_engines(options, workload, threads, folder):
    engines = []
    for name in [OURS, OURS_BF16] + [name for name in ENGINES if name in options.engines]:
        if name in ("openvino-bf16", OURS_BF16) and not has_bf16():
            continue
        try:
            if name in (OURS, OURS_BF16):
                engine = SwiftEngine(name, options.swift, workload, threads, folder)
            else:
                engine = PeerEngine(name, workload, threads, folder, options.shared, not options.no_spin)
        except ChildProcessError as error:
            print(f"peers: {workload.name}, {threads} threads: {error}; left out", file=sys.stderr)
            continue
        bound = BOUNDS["bf16" if engine.version.endswith("bf16") else "f32"]
        if not engine.error <= bound:
            message = (
                f"peers: {workload.name}: the output of {engine.version} differs from the expected one by "
                f"{engine.error:.1e}, more than {bound}; its time would mean nothing")
            if name in (OURS, OURS_BF16):
                raise SystemExit(message + ".")
            print(message + "; left out", file=sys.stderr)
            engine.close()
            continue
        engines.append(engine)
    return engines


def measure(options, workload, threads, folder):
    """Rows of one workload with one number of threads."""
    sys.path.insert(0, os.path.join(options.shared, "bench"))
    from peers import fma_peak

    engines = start_engines(options, workload, threads, folder)
    peak = fma_peak([threads])[threads]
    samples = {engine.version: [] for engine in engines}
    for turn in range(options.rounds):
        for engine in engines if turn % 2 == 0 else engines[::-1]:
            time.sleep(0.05)  # Threads of the engine before it go to sleep.
            samples[engine.version] += engine.run(workload.repeats)
    peak = max(peak, fma_peak([threads])[threads])
    for engine in engines:
        engine.close()
    rows = []
    for engine in engines:
        times = samples[engine.version]
        median = statistics.median(times) / 1000
        rows.append({
            "work": workload.name, "threads": threads, "engine": engine.version, "median_seconds": median,
            "fastest_seconds": min(times) / 1000, "samples_ms": times, "multiply_adds": workload.multiply_adds,
            "peak_gflops": peak, "percent_of_peak": 2e-7 * workload.multiply_adds / (median * peak),
            "error": engine.error, "load_seconds": engine.load_seconds,
        })
    return rows


def table(rows):
    """The rows of one workload and number of threads as Markdown; then the ratio to the best peer."""
    ours = rows[0]["median_seconds"]
    for row in rows:
        row["times_ours"] = row["median_seconds"] / ours
        print(
            f"| {row['work']} | {row['threads']} | {row['engine']} | {row['median_seconds'] * 1000:.2f} "
            f"| {row['fastest_seconds'] * 1000:.2f} | {row['percent_of_peak']:.0f} % | {row['times_ours']:.2f} "
            f"| {row['error']:.0e} |", flush=True)


def summary(rows):
    """The best peer by the median. Other work on the machine lengthens medians; the fastest runs show less of it."""
    print("\n| work | threads | this library, s | % of peak | best f32 peer | its time / ours | by the fastest runs |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for work, threads in dict.fromkeys((row["work"], row["threads"]) for row in rows):
        group = [row for row in rows if (row["work"], row["threads"]) == (work, threads)]
        peers = [row for row in group if row["engine"] not in (OURS, OURS_BF16) and not row["engine"].endswith("bf16")]
        ours = group[0]
        best = min(peers, key=lambda row: row["median_seconds"], default=None)
        name, ratio, fastest = "-", "-", "-"
        if best:
            name, ratio = best["engine"], f"{best['times_ours']:.2f}"
            fastest = f"{min(peer['fastest_seconds'] for peer in peers) / ours['fastest_seconds']:.2f}"
        print(
            f"| {work} | {threads} | {ours['median_seconds']:.5f} | {ours['percent_of_peak']:.0f} % | {name} | {ratio} "
            f"| {fastest} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", required=True, help="folder of the shared reference data")
    parser.add_argument("--swift", required=True, help="the executable model-benchmarks")
    parser.add_argument("--work", nargs="+", default=["default", "swin"], choices=["default", "swin"])
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--engines", nargs="+", default=ENGINES, choices=ENGINES)
    parser.add_argument(
        "--no-spin", action="store_true", help="peers' threads do not wait busily (for a machine with other work)")
    parser.add_argument("--json", help="file for all times")
    options = parser.parse_args()
    options.shared = os.path.abspath(options.shared)

    load = os.getloadavg()[0]
    date = datetime.date.today().isoformat()
    processor = f"{cpu_line('model name') or 'unknown processor'}, {os.cpu_count()} processors"
    print(f"{processor}; {date}; load average at the start {load:.1f}; {options.rounds} rounds\n")
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        prepared = []
        if "default" in options.work:
            prepared += workloads.default_workloads(options.shared, folder)
        if "swin" in options.work:
            prepared.append(workloads.swin_workload(options.shared, folder))
        print("| work | threads | engine | median, ms | fastest, ms | of FMA peak | time / ours | error |")
        print("| --- | --- | --- | --- | --- | --- | --- | --- |")
        for workload in prepared:
            for threads in options.threads:
                measured = measure(options, workload, threads, folder)
                table(measured)
                rows += measured
    summary(rows)
    print(f"\nload average at the end {os.getloadavg()[0]:.1f}")
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"processor": processor, "date": date, "load_average": [load, os.getloadavg()[0]], "rows": rows}, file, indent=1)


if __name__ == "__main__":
    main()
