"""Runs the ONNX encoder over one document at a time, in windows where it is long."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from extractors.neural.geometry import Floats32
from extractors.neural.pieces import Pieces, cut_pieces, join_pieces, windows

if TYPE_CHECKING:
    from tokenizers import Tokenizer


class Encoder:
    """Token vectors of a text. Documents are never batched, so that what else is read changes nothing."""

    def __init__(self, folder: Path) -> None:
        """Load `encoder.onnx` and `tokenizer.json` of a folder, for one thread."""
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            (folder / "encoder.onnx").read_bytes(), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer: Tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

    def __call__(self, tokens: Sequence[str]) -> Floats32:
        """T tokens → (T, size)."""
        cut = cut_pieces(self._tokenizer, tokens)
        parts = []
        for start, end, read_from, read_to in windows(cut):
            pieces = join_pieces(tokens[start:end], cut[start:end])
            first = np.array(pieces.first[read_from - start : read_to - start], dtype=np.int64)
            parts.append(self._run(pieces)[first])
        return np.vstack(parts)

    def _run(self, pieces: Pieces) -> Floats32:
        inputs = {"ids": np.array([pieces.ids], dtype=np.int64), "shapes": np.array([pieces.shapes], dtype=np.int64)}
        return np.asarray(self._session.run(None, inputs)[0][0], dtype=np.float32)
