"""Runs the ONNX encoder over one document at a time, in windows where it is long."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from extractors.neural.geometry import Floats32
from extractors.neural.pieces import PieceCutter, Pieces, join_pieces, windows


class Encoder:
    """Token vectors of a text. Documents are never batched, so that what else is read changes nothing."""

    def __init__(self, folder: Path) -> None:
        """Load `encoder.onnx` and `tokenizer.json` of a folder. It runs on `KG_THREADS` threads, or on those cores
        that the process may use, up to four; how many changes nothing in the vectors."""
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = int(os.environ.get("KG_THREADS", 0)) or min(4, _cores())
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            (folder / "encoder.onnx").read_bytes(),
            options,
            providers=["CPUExecutionProvider"],
            disabled_optimizers=["SkipLayerNormFusion"],  # the fused node is slower than its parts
        )
        self._cut = PieceCutter(Tokenizer.from_file(str(folder / "tokenizer.json")))

    def __call__(self, tokens: Sequence[str]) -> Floats32:
        """T tokens → (T, size)."""
        cut = self._cut(tokens)
        parts = []
        for start, end, read_from, read_to in windows(cut):
            pieces = join_pieces(tokens[start:end], cut[start:end])
            first = np.array(pieces.first[read_from - start : read_to - start], dtype=np.int64)
            parts.append(self._run(pieces)[first])
        return np.vstack(parts)

    def _run(self, pieces: Pieces) -> Floats32:
        inputs = {"ids": np.array([pieces.ids], dtype=np.int64), "shapes": np.array([pieces.shapes], dtype=np.int64)}
        return np.asarray(self._session.run(None, inputs)[0][0], dtype=np.float32)


def _cores() -> int:
    """Cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
