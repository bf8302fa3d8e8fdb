"""Reading and searching a store of a million customers; how a create's cost grows with them."""

import os

import loads
import places
import prepared
import yardsticks
from rounds import OURS
from scenes.scene import Scene

_IN_FLIGHT = 8
_CREATES_IN_FLIGHT = 64
# Those of a page.
_SCANNED_RECORDS = 20


class ReadScene(Scene):
    """A load is a kind of request. The store's HQ is away."""

    def start(self, subject, folder):
        customers = self.settings.customers
        self.facts["customers that are read and searched"] = customers
        if subject == OURS:
            return self._open_store(folder, subject, customers)
        if subject == "tenth":
            # How the cost grows.
            return self._open_store(folder, subject, customers // 10)
        if subject == "postgres":
            server = self._fill_postgres(folder, customers)
            return lambda kind: loads.postgres(kind, server.connection, _IN_FLIGHT, self.settings,
                                               first=0, customers=customers,
                                               duration=self.settings.read_duration)
        if subject == "echo":
            # It answers as many bytes as the product.
            size = self.measure(OURS, "get-uuid")["answer_bytes"]
            flags = ("echo", f"--answer_bytes={size}")
        else:
            flags = ("scan", f"--data={os.path.join(folder, 'data')}", f"--samples={places.SAMPLES}",
                     f"--customers={customers}", f"--records={_SCANNED_RECORDS}")
        floor = self.started(yardsticks.Floor(folder, subject, *flags))
        return lambda kind: self._read(kind, floor, customers, is_product=False)

    def _open_store(self, folder, subject, customers):
        store = self.started(prepared.store(folder, customers, self.settings, self.say))
        self.take(subject, customers)

        def measure(kind):
            if kind == "create":
                return loads.load(kind, store.address, _CREATES_IN_FLIGHT, self.settings,
                                  is_product=True, **self.take(subject))
            return self._read(kind, store, customers, is_product=True)

        return measure

    def _read(self, kind, server, customers, *, is_product):
        before = server.process.cpu_seconds()
        result = loads.load(kind, server.address, _IN_FLIGHT, self.settings, first=0,
                            customers=customers, is_product=is_product,
                            duration=self.settings.read_duration)
        result["server_cpu_seconds"] = server.process.cpu_seconds() - before
        result["memory_mib"] = server.process.memory_bytes()[1] / 2**20
        return result

    def _fill_postgres(self, folder, customers):
        self.say(f"PostgreSQL gets {customers:,} customers and its indexes")
        server = self.started(yardsticks.Postgres(folder))
        server.copy_customers(customers)
        server.create_indexes()
        server.create_trigrams()
        server.psql("-c", "VACUUM ANALYZE")
        return server
