#!/bin/sh
# Serves $DATA/exchange/graph.nt over the SPARQL protocol, read only: the store is made anew from it at each start.
set -eu
: "${DATA:=/data}" "${STORE:=/store}" "${BIND:=0.0.0.0:7878}"
rm -rf "$STORE/graph"
oxigraph load --location "$STORE/graph" --file "$DATA/exchange/graph.nt"
exec oxigraph serve-read-only --location "$STORE/graph" --bind "$BIND"
