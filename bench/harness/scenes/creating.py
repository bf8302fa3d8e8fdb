"""Creating customers in a store."""

import contextlib
import os

import loads
import peers
import processes
import product
import yardsticks
from rounds import OURS
from scenes.scene import Scene

# More than can be created in one measurement.
_CUSTOMERS_A_ROUND = 500_000

# Creates by which the product's keys and bytes are counted: few enough that its log holds them all.
_COUNTED_CREATES = 2000


class CreateScene(Scene):
    """A load is a number of creates in flight."""

    def __init__(self, settings):
        super().__init__(settings)
        # Each subject creates the same customers.
        self._customers = {}
        self._measure = {}
        self._postgres = None

    @contextlib.contextmanager
    def open(self, subjects, say):
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(processes.temp_folder())
            for subject in subjects:
                self._customers[subject] = loads.Customers()
                self._measure[subject] = self._start(stack, folder, subject, say)
            yield

    def measure(self, subject, load):
        return self._measure[subject](int(load))

    def _start(self, stack, folder, subject, say):
        """Returns what measures with so many in flight."""
        own = os.path.join(folder, subject)
        if subject == OURS:
            os.mkdir(own)
            store = stack.enter_context(product.store_by_itself(own))
            return self._load_of(subject, store)
        if subject.startswith("postgres-"):
            return self._load_of_postgres(stack, folder, subject)
        os.mkdir(own)
        if subject in ("redis", "pouchdb"):
            return self._load_of_peer(stack, own, subject)
        server = self._server(own, subject, say)
        stack.callback(server.stop)
        return self._load_of(subject, server)

    def _server(self, folder, subject, say):
        if subject == "etcd":
            return peers.Etcd(folder)
        if subject == "echo":
            return yardsticks.Floor(folder, subject, "echo")
        flags = [f"--data={os.path.join(folder, 'data')}"]
        if subject == "floor-our-keys":
            keys, size = self._count_writes(say)
            flags += [f"--keys={round(keys)}", f"--bytes={round(size)}"]
        return yardsticks.Floor(folder, subject, "commit", *flags)

    def _count_writes(self, say):
        with processes.temp_folder() as folder:
            keys, size = product.count_writes(
                folder, lambda address: loads.load("create", address, 1, self.settings, first=0,
                                                   customers=_COUNTED_CREATES, is_product=True,
                                                   warm_up="0s", duration="60s"), _COUNTED_CREATES)
        self.facts["keys of a create"] = keys
        self.facts["bytes of a create"] = size
        say(f"a create writes {keys:.1f} keys of {size:,.0f} bytes with their values")
        return keys, size

    def _load_of(self, subject, server):
        kind = "create-etcd" if subject == "etcd" else "create"

        def measure(in_flight):
            before = server.process.cpu_seconds()
            result = loads.load(kind, server.address, in_flight, self.settings,
                                is_product=subject == OURS, **self._take(subject))
            result["server_cpu_seconds"] = server.process.cpu_seconds() - before
            return result

        return measure

    def _load_of_postgres(self, stack, folder, subject):
        if self._postgres is None:
            # One for all: what is idle costs nothing.
            self._postgres = yardsticks.Postgres(folder)
            stack.callback(self._postgres.stop)
        server = self._postgres
        kind = subject.removeprefix("postgres-")
        return lambda in_flight: loads.postgres(kind, server.connection, in_flight, self.settings,
                                                **self._take(subject))

    def _load_of_peer(self, stack, folder, subject):
        if subject == "redis":
            server = peers.Redis(folder)
        else:
            server = peers.PouchDb(folder)
            server.create_database("customers")
        stack.callback(server.stop)
        return lambda in_flight: loads.peer(subject, server.port, in_flight, self.settings,
                                            **self._take(subject))

    def _take(self, subject):
        return {"first": self._customers[subject].take(_CUSTOMERS_A_ROUND),
                "customers": _CUSTOMERS_A_ROUND}
