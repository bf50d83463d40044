#!/usr/bin/env python3
"""Writes ridge.json: least-squares and ridge problems with their solutions by numpy, and principal components.

Each solution comes from an augmented least-squares problem (numpy.linalg.lstsq, a singular value decomposition), and each
leave-one-out prediction from a fit without that row, so nothing is computed as the library computes it."""
import json
import os
import numpy as np

random = np.random.default_rng(7)


def solve(x, y, w, penalty):
    """W and b of the least sum of w_i ||W x_i + b - y_i||^2 + penalty ||W||^2; b is not penalised."""
    root = np.sqrt(w)[:, None]
    n, p = x.shape
    a = np.vstack([np.hstack([x, np.ones((n, 1))]) * root, np.hstack([np.sqrt(penalty) * np.eye(p), np.zeros((p, 1))])])
    b = np.vstack([y * root, np.zeros((p, y.shape[1]))])
    solution = np.linalg.lstsq(a, b, rcond=None)[0]
    return solution[:p], solution[p]


def case(n, p, q, penalties, weighted):
    # Numbers of 32 bits, as features are.
    x = random.normal(size=(n, p)).astype(np.float32).astype(float)
    y = (x[:, :1] * 0.5 + random.normal(size=(n, q))).astype(np.float32).astype(float)
    w = random.uniform(0.3, 2, n).astype(np.float32).astype(float) if weighted else np.ones(n)
    fits = []
    for penalty in penalties:
        weights, intercept = solve(x, y, w, penalty)
        left = np.zeros_like(y)
        for i in range(n):
            rest = np.arange(n) != i
            one, offset = solve(x[rest], y[rest], w[rest], penalty)
            left[i] = x[i] @ one + offset
        error = float((w[:, None] * (left - y) ** 2).sum() / w.sum())
        fits.append({"penalty": penalty, "weights": weights.tolist(), "intercept": intercept.tolist(),
                     "left_out": left.tolist(), "error": error})
    return {"x": x.tolist(), "y": y.tolist(), "w": w.tolist(), "fits": fits}


x = (random.normal(size=(20, 5)) * [3, 1, 2, 0.5, 0.1]).astype(np.float32).astype(float)
values, vectors = np.linalg.eigh(np.cov(x.T))
order = np.argsort(-values)
vectors = vectors[:, order] * np.sign(vectors[np.abs(vectors[:, order]).argmax(0), order])
document = {
    "ridge": [case(14, 4, 3, [0, 0.1, 1, 10], True), case(6, 11, 2, [0.01, 0.5, 20], True), case(9, 9, 1, [0.3, 3], False)],
    "pca": {"x": x.tolist(), "components": vectors.T.tolist(), "variances": values[order].tolist()},
}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "ridge.json"), "w") as file:
    json.dump(document, file)
    file.write("\n")
