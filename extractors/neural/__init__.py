"""The neural reader at run time: word pieces, an ONNX encoder, and small heads in numpy."""
