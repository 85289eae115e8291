"""What the saved questions answer on two small graphs of made-up papers, worked out by hand from their texts.

Where a row here is shorter than the answer's, only its first columns were worked out: ids cannot be.
"""

from __future__ import annotations

from typing import Any

ALPHA, GAMMA, DELTA = "Alpha: a reader of maps", "Gamma reads maps better", "Delta and the cost of maps"
A1, A2, A3 = (
    "We introduce Alpha, a model for map reading.",
    "Alpha is based on Root and reaches 80.0% accuracy on MapSet.",
    "Alpha outperforms Beta.",
)
B1, B2, B3 = (
    "We present Gamma, which extends Alpha.",
    "On MapSet, Gamma has an accuracy of 85.5% and a latency of 12 ms.",
    "Gamma outperforms Alpha and Beta.",
)
C2 = "It runs on MapSet with a latency of 9 ms and an accuracy of 85.5%."

Asked = tuple[str, dict[str, str], list[tuple[Any, ...]]]
TOY: list[Asked] = [
    ("introduces", {"name": "ALPHA"}, [("Alpha", "Model", ALPHA, 2020, 0.9, A1)]),
    ("introduces", {"name": "Beta"}, []),
    ("datasets", {}, [("MapSet", 3), ("RouteSet", 1)]),
    ("datasets", {"task": "Map Reading"}, [("MapSet", 1)]),
    ("datasets", {"task": "route planning"}, [("MapSet", 1), ("RouteSet", 1)]),
    (
        "leaderboard",
        {"dataset": "mapset", "metric": "accuracy"},
        [
            ("MapSet", "accuracy", "higher", "Delta", 85.5, "85.5", "%", DELTA, 2022, C2),
            ("MapSet", "accuracy", "higher", "Gamma", 85.5, "85.5", "%", GAMMA, 2021, B2),
            ("MapSet", "accuracy", "higher", "Alpha", 80.0, "80.0", "%", ALPHA, 2020, A2),
        ],
    ),
    (
        "leaderboard",
        {"dataset": "MapSet", "metric": "Latency"},
        [
            ("MapSet", "latency", "lower", "Delta", 9.0, "9", "ms", DELTA, 2022, C2),
            ("MapSet", "latency", "lower", "Gamma", 12.0, "12", "ms", GAMMA, 2021, B2),
        ],
    ),
    (
        "outperforms",
        {"name": "beta"},
        [("Alpha", "Model", "Beta", 0.75, 1, ALPHA, A3), ("Gamma", "Model", "Beta", 0.5, 1, GAMMA, B3)],
    ),
    ("lineage", {"name": "Delta"}, [("Delta", "Gamma", "Model", 1), ("Delta", "Alpha", "Model", 2), ("Delta", "Root", "Method", 3)]),
    ("lineage", {"name": "Root"}, []),
    (
        "about",
        {"name": "Beta"},
        [
            ("Beta", "Model", "in", "OUTPERFORMS", "Alpha", 0.75, 1, ALPHA, A3),
            ("Beta", "Model", "in", "COMPARES_WITH", ALPHA, 0.6, 1, ALPHA, A3),
            ("Beta", "Model", "in", "COMPARES_WITH", GAMMA, 0.6, 1, GAMMA, B3),
            ("Beta", "Model", "in", "OUTPERFORMS", "Gamma", 0.5, 1, GAMMA, B3),
        ],
    ),
    ("evaluated", {"dataset": "mapset"}, [("MapSet", "Alpha", "Model", 1, 0.9), ("MapSet", "Delta", "Model", 1, 0.9), ("MapSet", "Gamma", "Model", 1, 0.9)]),
    ("evaluated", {"dataset": "RouteSet"}, []),
    (
        "usage",
        {"name": "Alpha"},
        [
            ("Alpha", "Model", "COMPARES_WITH", GAMMA, 2021, 0.6),
            ("Alpha", "Model", "INTRODUCES", ALPHA, 2020, 0.9),
            ("Alpha", "Model", "USES", GAMMA, 2021, 0.8),
        ],
    ),
    ("metrics", {}, [("accuracy", 3), ("latency", 2)]),
    ("metrics", {"task": "Map Reading"}, [("accuracy", 1)]),
    ("metrics", {"venue": "TOYCONF"}, [("accuracy", 2), ("latency", 1)]),
    ("metrics", {"task": "route planning", "venue": "ToyConf"}, []),
    ("tasks", {}, [("map reading", 1), ("route planning", 1)]),
    ("tasks", {"most": "1"}, [("map reading", 1)]),
    ("tasks", {"venue": "toyconf"}, [("map reading", 1)]),
    ("tasks", {"year": "2022"}, [("route planning", 1)]),
    ("trend", {"task": "map reading"}, [(2020, 1)]),
    (
        "training",
        {"name": "alpha"},
        [("Alpha", "BASED_ON", "Root", "Method", 1, 0.5), ("Alpha", "EVALUATED_ON", "MapSet", "Dataset", 1, 0.9)],
    ),
    ("descendants", {"name": "alpha"}, [("Alpha", "Gamma", "Model", 1), ("Alpha", "Delta", "Model", 2)]),
    ("descendants", {"name": "Delta"}, []),
    ("path", {"from": "alpha", "to": "Root"}, [(1, "Alpha", "BASED_ON", "Root", 1, 0.5, A2)]),
    (
        "compare",
        {"papers": "toy-1; GAMMA reads maps better"},
        [
            ("ADDRESSES", "map reading", "Task", 1, ALPHA, 2020, ""),
            ("COMPARES_WITH", "Beta", "Model", 2, ALPHA, 2020, ""),
            ("COMPARES_WITH", "Beta", "Model", 2, GAMMA, 2021, ""),
            ("COMPARES_WITH", "Alpha", "Model", 1, GAMMA, 2021, ""),
            ("EVALUATES_ON", "MapSet", "Dataset", 2, ALPHA, 2020, ""),
            ("EVALUATES_ON", "MapSet", "Dataset", 2, GAMMA, 2021, ""),
            ("INTRODUCES", "Alpha", "Model", 1, ALPHA, 2020, ""),
            ("INTRODUCES", "Gamma", "Model", 1, GAMMA, 2021, ""),
            ("REPORTS", "accuracy", "Metric", 2, ALPHA, 2020, ""),
            ("REPORTS", "accuracy", "Metric", 2, GAMMA, 2021, ""),
            ("REPORTS", "latency", "Metric", 1, GAMMA, 2021, ""),
            ("STATES", "accuracy on MapSet", "Result", 2, ALPHA, 2020, "Alpha: 80.0 %"),
            ("STATES", "accuracy on MapSet", "Result", 2, GAMMA, 2021, "Gamma: 85.5 %"),
            ("STATES", "latency on MapSet", "Result", 1, GAMMA, 2021, "Gamma: 12 ms"),
            ("USES", "Alpha", "Model", 1, GAMMA, 2021, ""),
            ("USES", "Root", "Method", 1, ALPHA, 2020, ""),
        ],
    ),
    ("gaps", {}, [("Alpha", "Model", "RouteSet", 2, 1), ("Beta", "Model", "RouteSet", 2, 1), ("Root", "Method", "RouteSet", 1, 1)]),
    ("gaps", {"task": "route planning"}, []),
    ("code", {"name": "Alpha"}, []),
    ("conflicts", {}, []),
    ("doubtful", {}, [("RouteSet", "BENCHMARK_FOR", "route planning", 0.4, DELTA, "For route planning we use RouteSet.")]),
    (
        "doubtful",
        {"below": "0.6", "most": "2"},
        [
            ("RouteSet", "BENCHMARK_FOR", "route planning", 0.4, DELTA, "For route planning we use RouteSet."),
            ("Alpha", "BASED_ON", "Root", 0.5, ALPHA, A2),
        ],
    ),
    (
        "doubtful",
        {"below": "0.6"},
        [
            ("RouteSet", "BENCHMARK_FOR", "route planning", 0.4, DELTA, "For route planning we use RouteSet."),
            ("Alpha", "BASED_ON", "Root", 0.5, ALPHA, A2),
            ("Gamma", "OUTPERFORMS", "Alpha", 0.5, GAMMA, B3),
            ("Gamma", "OUTPERFORMS", "Beta", 0.5, GAMMA, B3),
        ],
    ),
    (
        "counts",
        {},
        [("Result", 5), ("Model", 4), ("Author", 3), ("Paper", 3), ("Dataset", 2), ("Metric", 2), ("Task", 2), ("Method", 1), ("Venue", 1)],
    ),
]  # fmt: skip

ROADS, AGAIN, THIRD = "Epsilon sees roads", "Epsilon seen again", "A third look at roads"
R2, S1 = "Its recall on RoadSet is 70.1%.", "On RoadSet we find a recall of 68 for Epsilon."

CLAIMS: list[Asked] = [
    ("cites", {"papers": "10.5555/claim.1"}, [(ROADS, "cited by", AGAIN, 2022, 0)]),
    ("cites", {"papers": f"{ROADS}; claim-2"}, [(AGAIN, "cites", ROADS, 2021, 4), (ROADS, "cited by", AGAIN, 2022, 0)]),
    ("cites", {"papers": "claim-3"}, []),
    (
        "code",
        {"name": "EPSILON"},
        [
            ("Epsilon", "Model", "INTRODUCES", ROADS, 2021, "https://example.org/epsilon"),
            ("Epsilon", "Model", "USES", AGAIN, 2022, "https://example.org/again"),
        ],
    ),
    ("code", {"name": "Zeta"}, []),
    (
        "conflicts",
        {},
        [("Epsilon", "RoadSet", "recall", "", 2.1, "68", AGAIN, "70.1 %", ROADS, S1, R2)],
    ),
    ("conflicts", {"dataset": "RoadSet", "name": "epsilon"}, [("Epsilon", "RoadSet", "recall", "", 2.1, "68", AGAIN, "70.1 %", ROADS, S1, R2)]),
    ("conflicts", {"dataset": "BridgeSet"}, []),
    ("conflicts", {"name": "Zeta"}, []),
    ("leaderboard", {"dataset": "road-set", "metric": "recall"}, [
        ("RoadSet", "recall", "higher", "Epsilon", 70.1, "70.1", "%", ROADS, 2021, R2),
        ("RoadSet", "recall", "higher", "Epsilon", 68.0, "68", "", AGAIN, 2022, S1),
        ("RoadSet", "recall", "higher", "Epsilon", 40.0, "40", "%", THIRD, 2023, "Zero-shot, Epsilon has a recall of 40% on RoadSet."),
    ]),
    ("gaps", {}, [("Zeta", "Method", "RoadSet", 1, 2)]),
    ("gaps", {"task": "road finding"}, [("Zeta", "Method", "RoadSet", 1, 1)]),
    ("gaps", {"most": "1"}, []),
    ("path", {"from": "Zeta", "to": "RoadSet"}, [
        (1, "Zeta", "EVALUATED_ON", "BridgeSet", 1, 0.9, "Zeta is evaluated on BridgeSet."),
        (2, "Epsilon", "EVALUATED_ON", "BridgeSet", 1, 0.5, "Epsilon is tried on BridgeSet."),
        (3, "Epsilon", "EVALUATED_ON", "RoadSet", 1, 0.75, R2),
    ]),
    ("path", {"from": "Epsilon", "to": "epsilon"}, []),
    ("path", {"from": "road finding", "to": "Zeta"}, []),
]  # fmt: skip
ANSWERS = {"toy": TOY, "claims": CLAIMS}
