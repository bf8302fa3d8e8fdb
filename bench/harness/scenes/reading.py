"""Reading and searching a store of a million customers."""

import contextlib
import os

import loads
import prepared
import processes
import product
import yardsticks
from rounds import OURS
from scenes.scene import Scene

_IN_FLIGHT = 8


class ReadScene(Scene):
    """A load is a kind of request. The store's HQ is away."""

    def __init__(self, settings):
        super().__init__(settings)
        self._customers = settings.customers
        self._measure = {}

    @contextlib.contextmanager
    def open(self, subjects, say):
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(processes.temp_folder())
            store = self._open_store(stack, folder, OURS, self._customers, say)
            if "tenth" in subjects:
                # How the cost grows.
                self._open_store(stack, folder, "tenth", self._customers // 10, say)
            if "echo" in subjects:
                # It answers as many bytes as the product.
                size = self._measure[OURS]("get-uuid")["answer_bytes"]
                echo = yardsticks.Floor(folder, "echo", "echo", f"--answer_bytes={size}")
                stack.callback(echo.stop)
                self._measure["echo"] = lambda kind: self._load(
                    kind, echo, self._customers, is_product=False)
            if "postgres" in subjects:
                server = self._fill_postgres(stack, folder, say)
                self._measure["postgres"] = lambda kind: loads.postgres(
                    kind, server.connection, _IN_FLIGHT, self.settings, first=0,
                    customers=self._customers)
            self.facts["customers that are read and searched"] = self._customers
            yield

    def measure(self, subject, load):
        return self._measure[subject](load)

    def _open_store(self, stack, folder, subject, customers, say):
        own = os.path.join(folder, subject)
        os.mkdir(own)
        store = prepared.store(own, customers, self.settings, say)
        stack.callback(store.stop)
        self._measure[subject] = lambda kind: self._load(kind, store, customers, is_product=True)
        return store

    def _load(self, kind, server, customers, *, is_product):
        before = server.process.cpu_seconds()
        result = loads.load(kind, server.address, _IN_FLIGHT, self.settings, first=0,
                            customers=customers, is_product=is_product)
        result["server_cpu_seconds"] = server.process.cpu_seconds() - before
        result["memory_mib"] = server.process.memory_bytes()[1] / 2**20
        return result

    def _fill_postgres(self, stack, folder, say):
        say(f"PostgreSQL gets {self._customers:,} customers and its indexes")
        server = yardsticks.Postgres(folder, with_indexes=False)
        stack.callback(server.stop)
        server.copy_customers(self._customers)
        server.create_indexes()
        server.create_trigrams()
        server.psql("-c", "VACUUM ANALYZE")
        return server
