"""One engine with one number of threads, in a process of its own.

  engine_child.py ENGINE THREADS WORK GRAPH SHARED INPUTS.npz OUTPUTS.npz

Loads, runs once and writes the outputs, and says so with a line of JSON. Then each line `N` of standard input is
answered with the milliseconds of N runs, after one that is not timed where N is more than 1.
"""

import json
import os
import sys
import time

import numpy


def onnx_runtime(graph, threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    if os.environ.get("PEERS_NO_SPIN"):
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    known = {node.name for node in session.get_inputs()}
    return (
        lambda inputs: dict(zip(names, session.run(None, {k: v for k, v in inputs.items() if k in known}))),
        f"ONNX Runtime {onnxruntime.__version__}",
    )


def openvino(graph, threads, precision):
    import onnx
    import openvino as runtime

    settings = {
        "INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": precision,
    }
    compiled = runtime.Core().compile_model(graph, "CPU", settings)
    request = compiled.create_infer_request()
    names = [output.name for output in onnx.load(graph, load_external_data=False).graph.output]
    return (
        lambda inputs: dict(zip(names, request.infer(inputs, share_inputs=True, share_outputs=True).values())),
        f"OpenVINO {runtime.__version__.split('-')[0]} {precision}",
    )


def torch_definition(work, shared, threads):
    """The reference definition of the built-in network, eager."""
    import torch

    import default_network

    torch.set_num_threads(threads)
    model = default_network.load(shared)
    if work == "encode":
        module, names = default_network.Encode(model), default_network.ENCODE_OUTPUTS
    else:
        width, height = (int(word) for word in work.split()[1].split("x"))
        module, names = default_network.Click(model, height, width), default_network.CLICK_OUTPUTS

    def run(inputs):
        with torch.inference_mode():
            outputs = module(*[torch.from_numpy(array) for array in inputs.values()])
        return {name: output.numpy() for name, output in zip(names, outputs)}

    return run, f"PyTorch {torch.__version__.split('+')[0]}"


def torch_graph(graph, shared, threads):
    """The same graph in PyTorch, eager, node by node."""
    sys.path.insert(0, os.path.join(shared, "bench"))
    import peers

    run, version = peers.torch_peer(graph, threads)
    return run, "PyTorch " + version.split()[1]


def main():
    engine, threads, work, graph, shared, inputs, outputs = sys.argv[1:]
    threads = int(threads)
    start = time.perf_counter()
    if engine == "onnxruntime":
        run, version = onnx_runtime(graph, threads)
    elif engine == "openvino":
        run, version = openvino(graph, threads, "f32")
    elif engine == "openvino-bf16":
        run, version = openvino(graph, threads, "bf16")
    elif work == "features":
        run, version = torch_graph(graph, shared, threads)
    else:
        run, version = torch_definition(work, shared, threads)
    seconds = time.perf_counter() - start
    with numpy.load(inputs) as file:
        arrays = {name: file[name] for name in file.files}
    numpy.savez(outputs, **{name: numpy.asarray(array) for name, array in run(arrays).items()})
    print(json.dumps({"version": version, "load_seconds": seconds}), flush=True)
    for line in sys.stdin:
        repeats = int(line)
        if repeats > 1:
            run(arrays)
        times = []
        for _ in range(repeats):
            start = time.perf_counter()
            run(arrays)
            times.append((time.perf_counter() - start) * 1000)
        print(json.dumps(times), flush=True)


if __name__ == "__main__":
    main()
