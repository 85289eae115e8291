"""Apache Jena Fuseki, whose jars hold the parser `riot` too."""

from __future__ import annotations

VERSION, LOG4J = "5.2.0", "2.24.1"
FUSEKI_NAME = f"fuseki-{VERSION}"
FUSEKI_JARS = [
    ("org.apache.jena", "jena-fuseki-main", VERSION),
    ("org.apache.logging.log4j", "log4j-core", LOG4J),
    ("org.apache.logging.log4j", "log4j-slf4j2-impl", LOG4J),
]
