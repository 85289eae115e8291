"""A fitted network → the files that the spaCy component loads.

    python -m extractors.training.neural.export READER.pt [READER.pt …] ENCODER OUT

Writes `encoder.onnx` (weights as 8-bit integers), `tokenizer.json` and `heads.npz` to OUT. MPNet is to be left `--whole`: 8 bits cost it
0.04 of F1.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from extractors.neural.heads import Heads
from extractors.neural.labels import Labels
from extractors.training.neural.learn import mean_of, new_reader
from extractors.training.neural.network import Reader


class _Unpadded(torch.nn.Module):
    """One document without padding: piece ids and shapes (1, P) → (1, P, size)."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self.encoder = reader.encoder

    def forward(self, ids: torch.Tensor, shapes: torch.Tensor) -> torch.Tensor:
        return self.encoder(ids, shapes, None)


def export(reader: Reader, encoder: Path, out: Path, labels: Labels | None = None, whole: bool = False) -> None:
    """Write the three files, and the labels if they are not those of the vocabulary; `whole`: weights stay 32-bit floats."""
    out.mkdir(parents=True, exist_ok=True)
    reader.eval()
    example = torch.full((1, 24), 100, dtype=torch.long)
    pieces = torch.export.Dim("pieces", min=2, max=512)
    plain = out / "plain.onnx"
    torch.onnx.export(
        _Unpadded(reader).eval(),
        (example, torch.ones_like(example)),
        str(plain),
        input_names=["ids", "shapes"],
        output_names=["hidden"],
        dynamic_shapes={"ids": {1: pieces}, "shapes": {1: pieces}},
        external_data=False,
        dynamo=True,
    )
    unmask(plain)
    if whole:
        plain.rename(out / "encoder.onnx")
    else:
        quantise(plain, out / "encoder.onnx")
    shutil.copyfile(encoder / "tokenizer.json", out / "tokenizer.json")
    Heads({name: np.asarray(value.detach().numpy()) for name, value in reader.heads.state_dict().items()}).save(out / "heads.npz")
    if labels is not None:
        labels.save(out)


def unmask(path: Path) -> None:
    """Take out what only padding needs, an eighth of the time: the mask added to attention, and the guard against rows that are
    masked as a whole. Nothing else changes, as a document alone has no padding."""
    import onnx

    model = onnx.load(path)
    graph = model.graph
    maker = {output: node for node in graph.node for output in node.output}
    guarded = {n.output[0]: n.input[2] for n in graph.node if n.op_type == "Where" and maker.get(n.input[0], n).op_type == "IsNaN"}
    for node in graph.node:
        node.input[:] = [guarded.get(name, name) for name in node.input]
        if node.op_type == "Softmax" and (added := maker[node.input[0]]).op_type == "Add":
            masks = [name for name in added.input if name in maker and maker[name].op_type == "Where"]
            if len(masks) == 1:
                node.input[0] = next(name for name in added.input if name not in masks)
    outputs = {output.name for output in graph.output}
    while idle := [n for n in graph.node if not outputs & set(n.output) and not _users(graph, n.output)]:
        for node in idle:
            graph.node.remove(node)
    for weights in [w for w in graph.initializer if not _users(graph, [w.name])]:
        graph.initializer.remove(weights)
    onnx.save(model, path)


def _users(graph: Any, names: Sequence[str]) -> bool:
    return any(name in node.input for node in graph.node for name in names)


def quantise(plain: Path, small: Path) -> None:
    """Matrices and word vectors as 8-bit integers, one scale per column; activations are scaled as they come."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    kinds = ["Gather", "Gemm", "MatMul"]
    quantize_dynamic(plain, small, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True, op_types_to_quantize=kinds)
    plain.unlink()


def main() -> None:
    """The command line of this module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("readers", type=Path, nargs="+", help="weights; of several, their mean")
    parser.add_argument("encoder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--small", action="store_true", help="the reader is a small one")
    parser.add_argument("--whole", action="store_true", help="weights stay 32-bit floats: for teachers")
    args = parser.parse_args()
    reader = new_reader(args.encoder, args.small)
    saved = [torch.load(path, weights_only=True) for path in args.readers]
    reader.load_state_dict(mean_of([state.get("reader", state) for state in saved]))
    export(reader, args.encoder, args.out, whole=args.whole)


if __name__ == "__main__":
    main()
