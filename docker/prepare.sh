#!/bin/sh
# From papers to a graph and its triples, all under $DATA: papers.kg, exchange/graph.nt.
# The papers are the files in $PAPERS; where there are none, the sample that comes with paperkg. Running it again adds what is new.
set -eu
: "${DATA:=/data}" "${PAPERS:=/papers}"
if [ -z "$(ls -A "$PAPERS" 2>/dev/null)" ]; then
    echo "no files in $PAPERS: the bundled sample is read instead" >&2
    PAPERS=$(python -c 'from kg.resources import data_path; print(data_path("samples"))')
    set -- "$PAPERS/papers.jsonl"
else
    set -- "$PAPERS"/*
fi
mkdir -p "$DATA/exchange"
kg build "$@" -o "$DATA/papers.kg" --model "${MODEL:-accurate}"
kg export "$DATA/papers.kg" "$DATA/exchange/graph.new.nt"
mv "$DATA/exchange/graph.new.nt" "$DATA/exchange/graph.nt"
