"""The table of what is measured: every path, its yardsticks, and what is to be reached.

A new path is a new entry here; a new way of measuring is a scene, see scenes/.
"""

from dataclasses import dataclass, replace

HIGHER = "higher"
LOWER = "lower"


@dataclass(frozen=True)
class Against:
    """A yardstick of a path. The figure is ours divided by it. Without `at_least` it only tells."""
    yardstick: str
    at_least: float | None = None
    aim: float | None = None
    # What is wanted, where that is a number and no other program's.
    value: float | None = None
    # One of those that --peers adds.
    is_more: bool = False


@dataclass(frozen=True)
class Path:
    name: str
    title: str
    # Where and how it is measured: scene, load of that scene, metric of that load.
    scene: str
    load: str
    metric: str
    unit: str
    better: str
    against: tuple[Against, ...]
    # Takes minutes: --quick leaves it out.
    slow: bool = False


# What yardsticks are, as the table says it.
YARDSTICKS = {
    "floor-3-keys": "bare floor: a gRPC handler and a commit thread, 3 keys",
    "floor-our-keys": "the same floor with the product's keys and bytes",
    "floor-stream": "bare stream of ready bytes",
    "floor-ready-stream": "bare stream of ready batches",
    "echo": "bare gRPC echo",
    "postgres-insert": "PostgreSQL, one row, primary key only",
    "postgres-outbox": "PostgreSQL, customer and outbox in one transaction, the same indexes",
    "postgres-outbox-btree": "the same without trigrams: finds no words inside, no typing errors",
    "postgres": "PostgreSQL",
    "floor-scan": "bare scan of records",
    "tenth": "the same among a tenth of the customers",
    "tenth-backlog": "the same with a tenth of the backlog",
    "tenth-channels": "the same with a tenth of the channels",
    "alone": "the same while HQ has nothing to do",
    "asynchronous": "asynchronous create, the same in flight",
    "postgres-replication": "PostgreSQL, logical replication one way, nothing converted",
    "postgres-replication-synced": "the same, each commit synced by the subscriber",
    "fast-disk": "the same on this machine's disk",
    "wanted": "what is wanted",
    "etcd": "etcd, four keys in one transaction",
    "redis": "Redis, appendfsync always, MULTI of three keys and a stream",
    "pouchdb": "express-pouchdb, one document, never synced",
    "pouchdb-replication": "express-pouchdb, replication one way, never synced",
}


# Yardsticks that tell how the cost grows: with ten times as many of what.
GROWTH = {"tenth": "customers", "tenth-backlog": "backlog", "tenth-channels": "channels"}


def _one_of_each_sort(load):
    """What only tells, for one load of each sort: how the cost grows with the customers, a bare scan."""
    if load == "get-uuid":
        return (Against("tenth"),)
    searches = ("search-name", "search-two-words", "search-typing-error", "search-street")
    return (Against("floor-scan"), Against("tenth")) if load in searches else ()


def _fuzzy(kind, what):
    """What PostgreSQL needs trigrams for: rate and p99."""
    return (Path(f"search-{kind}", f"Search by {what}, 8 in flight", "read", f"search-{kind}", "rate",
                 "/s", HIGHER,
                 (Against("postgres", 5, 15), *_one_of_each_sort(f"search-{kind}"))),
            Path(f"search-{kind}-p99", f"Search by {what}, 8 in flight, p99", "read",
                 f"search-{kind}", "p99_us", "µs", LOWER, (Against("postgres", 0.5, 0.1),)))


def _fan_out(shape, what):
    return (Path(f"fan-out-{shape}", f"Fan-out: {what}, p99", "fan-out", shape, "p99_us", "µs", LOWER,
                 (Against("wanted", 1, 0.3, value=500_000), Against("floor-stream")), slow=True),
            Path(f"fan-out-{shape}-memory", f"Fan-out: {what}, memory per connection at most",
                 "fan-out", shape, "connection_kib", "KiB", LOWER, (Against("floor-stream"),), slow=True))


PATHS = (
    Path("create-64", "Asynchronous create in the store, synced, 64 in flight", "create", "64",
         "rate", "/s", HIGHER,
         (Against("floor-3-keys", 0.50, 0.75), Against("floor-our-keys", 0.80, 0.95),
          Against("postgres-outbox", 1.3, 2.0), Against("postgres-outbox-btree"),
          Against("postgres-insert"), Against("echo"),
          *(Against(peer, is_more=True) for peer in ("etcd", "redis", "pouchdb")))),
    Path("create-1", "Asynchronous create in the store, 1 in flight, p50", "create", "1",
         "p50_us", "µs", LOWER,
         (Against("floor-3-keys", 1.3, 0.9), Against("floor-our-keys"), Against("postgres-outbox"),
          Against("postgres-outbox-btree"))),
    Path("create-64-p99", "Asynchronous create in the store, 64 in flight, p99", "create", "64",
         "p99_us", "µs", LOWER,
         (Against("postgres-outbox", 1.3, 0.8), Against("postgres-outbox-btree"),
          Against("floor-3-keys"))),
    Path("create-unix", "Asynchronous create in the store over a Unix socket, 8 in flight", "create",
         "8-unix", "rate", "/s", HIGHER,
         (Against("postgres-insert", 0.5, 0.9), Against("floor-3-keys"), Against("echo"))),
    Path("create-batch", "Asynchronous creates in the store, 256 a call, 4 calls in flight",
         "create-batch", "4", "rows_rate", "/s", HIGHER,
         (Against("floor-3-keys", 0.25, 0.5), Against("floor-our-keys", 0.7, 0.9))),
    Path("create-256-slow-disk", "Asynchronous create where a sync takes 5 ms longer, 256 in flight",
         "slow-disk", "256", "rate", "/s", HIGHER, (Against("fast-disk", 0.7, 0.9),)),
    Path("create-many-channels", "Asynchronous create for ten channels of a store, 64 in flight",
         "many-channels", "64", "rate", "/s", HIGHER, (Against("tenth-channels"),)),
    Path("create-among-many", "Asynchronous create among a million customers, 64 in flight", "read",
         "create", "rate", "/s", HIGHER, (Against("tenth"),)),
    *(Path(name, f"Get by {what} among a million, 8 in flight", "read", name, "rate", "/s", HIGHER,
           (Against("echo", 0.75, 0.9), Against("postgres"), *_one_of_each_sort(name)))
      for name, what in (("get-uuid", "UUID"), ("get-number", "account number"))),
    *(Path(f"search-{kind}", f"Search by {what}, 8 in flight", "read", f"search-{kind}", "rate", "/s",
           HIGHER,
           (Against("postgres", 0.4, 0.9), *_one_of_each_sort(f"search-{kind}")))
      for kind, what in (("name", "the begin of a name"), ("email", "the begin of an e-mail"),
                         ("phone-last-4", "the last 4 digits of a phone"),
                         ("phone-last-6", "the last 6 digits of a phone"))),
    *_fuzzy("two-words", "two words in any order"),
    *_fuzzy("typing-error", "a name with a typing error"),
    *_fuzzy("inside-word", "the end of a name"),
    *_fuzzy("street", "two words of a street"),
    Path("synchronous-1", "Synchronous create through HQ, 1 in flight, p50", "synchronous", "1",
         "p50_us", "µs", LOWER, (Against("asynchronous", 2.5, 2.0),)),
    Path("synchronous-64", "Synchronous create through HQ, 64 in flight", "synchronous", "64", "rate",
         "/s", HIGHER, (Against("asynchronous", 0.35, 0.45),)),
    Path("idle-p50", "Idle chain: from a create's answer to its account number at the store, p50",
         "idle", "account-number", "p50_us", "µs", LOWER,
         (Against("wanted", 1, 1.5 / 4, value=4000), Against("postgres-replication"))),
    Path("idle-p99", "Idle chain: from a create's answer to its account number at the store, p99",
         "idle", "account-number", "p99_us", "µs", LOWER,
         (Against("wanted", 1, 6 / 20, value=20_000), Against("postgres-replication"))),
    Path("idle-watch", "Idle chain: the same as a POS sees it that watches the customer, p50", "idle",
         "account-number-watch", "p50_us", "µs", LOWER, (Against("postgres-replication"),)),
    Path("real-time-first", "Synchronous creates, 40 a second, while 100,000 operations come home, p99",
         "real-time-first", "100000", "p99_us", "µs", LOWER, (Against("alone", 2, 1.3),), slow=True),
    Path("backlog", "100,000 pending customers come home: uploaded, converted, numbered, applied",
         "backlog", "100000", "rate", "/s", HIGHER,
         (Against("postgres-replication", 0.15, 0.5), Against("postgres-replication-synced", 1.3, 5),
          Against("tenth-backlog"), Against("pouchdb-replication", 5, 17, is_more=True)),
         slow=True),
    Path("saturated", "Asynchronous create in a store, 300 a second, while 100 channels upload and 100 "
         "clients create at HQ, p99", "saturated", "64", "p99_us", "µs", LOWER,
         (Against("alone", 1.1, 1.05),), slow=True),
    Path("upload", "100 channels upload to HQ, which converts meanwhile: operations", "upload", "100",
         "rate", "/s", HIGHER, (Against("tenth-channels"),), slow=True),
    *_fan_out("all", "100 changes/s seen by 1,000 connections"),
    *_fan_out("ten-each", "1,000 changes/s, each seen by ten of 1,000 connections"),
    Path("new-channel-sent", "New channel from empty: records that HQ sends", "new-channel", "sent",
         "records_rate", "/s", HIGHER,
         (Against("wanted", 1, 3.2, value=250_000), Against("floor-ready-stream"),
          Against("floor-scan")), slow=True),
    Path("new-channel", "New channel from empty: a million customers, searchable", "new-channel",
         "store", "rate", "/s", HIGHER, (Against("wanted", 1, 4, value=10_000),), slow=True),
    Path("memory-store", "Memory of a store with a million customers that is searched", "read",
         "search-name", "memory_mib", "MiB", LOWER, (Against("wanted", 1, 0.5, value=512),)),
    Path("memory-hq", "Memory of HQ with a million customers that fills a new channel", "new-channel",
         "store", "hq_memory_mib", "MiB", LOWER, (Against("wanted", 1, 0.5, value=1024),), slow=True),
)


def all_paths(*, with_more_peers):
    """The table, with what --peers adds or without."""
    if with_more_peers:
        return PATHS
    return tuple(replace(path, against=tuple(one for one in path.against if not one.is_more))
                 for path in PATHS)


def yardstick_of(name):
    """As the table says it."""
    return YARDSTICKS[name]
