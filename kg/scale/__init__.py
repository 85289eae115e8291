"""Executors: where the parts of a build run. One module an engine, found by name: `serial`, `processes`, `ray`."""
