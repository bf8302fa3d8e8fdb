"""Creating customers in a store: one a call, over TCP or a Unix socket, and many a call."""

import os

import loads
import peers
import product
import yardsticks
from rounds import OURS
from scenes.scene import Scene

# Creates by which the product's keys and bytes are counted: few enough that its log holds them all.
_COUNTED_CREATES = 2048


class CreateScene(Scene):
    """A load is a number of calls in flight; "8-unix": over a Unix socket, by a point of sale beside
    its store, which is one process with one connection (PostgreSQL takes one statement of each)."""

    kind = "create"
    # Creates of a call.
    rows = 1
    # In flight while the product's keys and bytes are counted.
    counted_in_flight = 64

    def __init__(self, settings, say):
        super().__init__(settings, say)
        self.duration = settings.duration
        self._postgres = None

    def start(self, subject, folder):
        if subject.startswith("postgres-"):
            return self._start_postgres(subject.removeprefix("postgres-"), folder, subject)
        if subject in ("redis", "pouchdb"):
            return self._start_peer(subject, folder)
        if subject == OURS:
            server = self.stack.enter_context(product.store_by_itself(folder))
        else:
            server = self.started(self._server(subject, folder))
        kind = "create-etcd" if subject == "etcd" else self.kind

        def measure(load):
            in_flight, _, socket = load.partition("-")
            before = server.process.cpu_seconds()
            result = loads.load(kind, server.unix_address if socket else server.address,
                                int(in_flight), self.settings, is_product=subject == OURS,
                                duration=self.duration, one_connection=bool(socket),
                                **self.take(subject))
            result["server_cpu_seconds"] = server.process.cpu_seconds() - before
            result["rows_rate"] = self.rows * result["rate"]
            return result

        return measure

    def _server(self, subject, folder):
        if subject == "etcd":
            return peers.Etcd(folder)
        if subject == "echo":
            return yardsticks.Floor(folder, subject, "echo")
        flags = [f"--data={os.path.join(folder, 'data')}", f"--rows={self.rows}"]
        if subject == "floor-our-keys":
            keys, size = self._count_writes(folder)
            flags += [f"--keys={round(keys)}", f"--bytes={round(size)}"]
        return yardsticks.Floor(folder, subject, "commit", *flags)

    def _count_writes(self, folder):
        own = os.path.join(folder, "counted")
        os.mkdir(own)
        keys, size = product.count_writes(
            own, lambda address: loads.load(
                self.kind, address, self.counted_in_flight, self.settings, first=0,
                customers=_COUNTED_CREATES, is_product=True, warm_up="0s", duration="60s"),
            _COUNTED_CREATES)
        self.facts[f"keys of a create, {self.rows} a call"] = keys
        self.facts[f"bytes of a create, {self.rows} a call"] = size
        self.say(f"a create writes {keys:.1f} keys of {size:,.0f} bytes with their values")
        return keys, size

    def _start_postgres(self, kind, folder, subject):
        if self._postgres is None:
            # One server for all: what is idle costs nothing.
            self._postgres = self.started(yardsticks.Postgres(folder))
        server = self._postgres
        # Each statement has tables of its own.
        server.create_database(kind)
        if kind != "insert":
            server.create_indexes(kind)
        if kind == "outbox":
            server.create_trigrams(kind)

        def measure(load):
            in_flight, _, socket = load.partition("-")
            connection = server.connection_to(kind, by_socket=bool(socket))
            return loads.postgres(kind.removesuffix("-btree"), connection, int(in_flight),
                                  self.settings, **self.take(subject))

        return measure

    def _start_peer(self, subject, folder):
        if subject == "redis":
            server = self.started(peers.Redis(folder))
        else:
            server = self.started(peers.PouchDb(folder))
            server.create_database("customers")
        return lambda load: loads.peer(subject, server.port, int(load), self.settings,
                                       **self.take(subject))


class BatchCreateScene(CreateScene):
    """A load is a number of calls in flight, each with 256 creates."""

    kind = "create-batch"
    rows = 256
    counted_in_flight = 1

    def __init__(self, settings, say):
        super().__init__(settings, say)
        self.duration = settings.batch_duration
