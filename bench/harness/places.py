"""Where things are."""

import os

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("COMPTOIR_BENCH_BUILD", os.path.join(ROOT, "build", "release"))

HQ_SERVICE = os.path.join(BUILD, "bin", "hq-service")
CHANNEL_SERVICE = os.path.join(BUILD, "bin", "channel-service")
COMPTOIR = os.path.join(BUILD, "bin", "comptoir")
LOAD = os.path.join(BUILD, "bench", "load")
FLOORS = os.path.join(BUILD, "bench", "floors")
PEERS = os.path.join(BUILD, "bench", "peers")
SLOW_SYNC = os.path.join(BUILD, "bench", "libslow_sync.so")

CHAIN = os.path.join(ROOT, "examples", "chain.textproto")
SAMPLES = os.path.join(ROOT, "data", "adventureworks_customers.csv")
POSTGRES_SQL = os.path.join(ROOT, "bench", "peers")
POUCHDB_SERVER = os.path.join(ROOT, "tools", "pouchdb", "server.js")
POSTGRES_BIN = "/usr/lib/postgresql/15/bin"

# Files there are in memory.
MEMORY = "/dev/shm"

DOCS = os.path.join(ROOT, "docs", "benchmarks.md")
CHARTS = os.path.join(ROOT, "docs", "benchmarks")


def flame_of(path):
    """The flame graph of a path."""
    return os.path.join(CHARTS, f"flame-{path}.svg")
