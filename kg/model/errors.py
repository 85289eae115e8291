"""Everything that can go wrong, as one tree.

KgError
├── UsageError            the call is wrong: mend the command or the arguments        (exit code 2)
│   ├── InputError        an input path that cannot be read at all
│   ├── NotAGraph         the path holds no graph directory
│   ├── UnknownName       no such saved query, format, entity, model or parameter
│   ├── BadOverride       a line of overrides.toml that cannot be taken
│   └── QueryError        the query text does not parse, or names what is not there
├── DataError             the data is bad: see the report of what was set aside         (exit code 1)
│   ├── BadRecord         one input record; it is quarantined, the rest goes on
│   └── DamagedGraph      a graph directory whose tables do not match their manifest
├── ExtractionError       an extractor cannot go on: its server refuses                (exit code 1)
└── StoreError            an engine failed                                              (exit code 1)
    ├── QueryTimeout      the query ran past its time limit
    └── ReadOnly          a query tried to write
"""

from __future__ import annotations


class KgError(Exception):
    """Root of all errors raised on purpose; `str()` is one line: what, where, what to do."""

    exit_code = 1


class UsageError(KgError):
    """The call is wrong."""

    exit_code = 2


class InputError(UsageError):
    """An input path cannot be read at all."""


class NotAGraph(UsageError):
    """The path holds no graph directory."""


class UnknownName(UsageError):
    """Nothing is known by this name."""


class BadOverride(UsageError):
    """A line of `overrides.toml` cannot be taken."""


class QueryError(UsageError):
    """The query text is not valid."""


class DataError(KgError):
    """The data is bad."""


class BadRecord(DataError):
    """One input record cannot be used."""


class DamagedGraph(DataError):
    """The tables of a graph directory do not match their manifest."""


class ExtractionError(KgError):
    """An extractor cannot go on."""


class StoreError(KgError):
    """An engine failed."""


class QueryTimeout(StoreError):
    """The query ran past its time limit."""


class ReadOnly(StoreError):
    """A query tried to write."""
