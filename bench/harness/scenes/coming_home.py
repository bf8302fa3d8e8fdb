"""From a create in a store to its account number there: of one customer in an idle chain, and of many
that waited for HQ."""

import contextlib
import os
import time

import loads
import peers
import processes
import product
import yardsticks
from rounds import OURS
from scenes.scene import Scene

_CUSTOMERS_A_ROUND = 500_000
_IN_FLIGHT = 64
# To ask a service takes a process; PostgreSQL's rows are counted quickly.
_STATUS_POLL_SECONDS = 0.25
_COUNT_POLL_SECONDS = 0.05
_HOME_SECONDS_MAX = 3600


class IdleScene(Scene):
    """A load is how the account number is looked for, of a customer now and then."""

    _A_SECOND = 50

    def __init__(self, settings):
        super().__init__(settings)
        self._customers = {}
        self._measure = {}

    @contextlib.contextmanager
    def open(self, subjects, say):
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(processes.temp_folder())
            for subject in subjects:
                self._customers[subject] = loads.Customers()
            if OURS in subjects:
                store = stack.enter_context(product.chain(folder, product.ASYNCHRONOUS))
                self._measure[OURS] = lambda kind: loads.account_numbers(
                    kind, store.address, self._A_SECOND, self.settings, first=self._take(OURS))
            if "postgres-replication" in subjects:
                pair = stack.enter_context(yardsticks.replicated_postgres(folder))
                self._measure["postgres-replication"] = lambda _: loads.postgres_replicated(
                    pair, self._A_SECOND, self.settings, first=self._take("postgres-replication"))
            yield

    def measure(self, subject, load):
        return self._measure[subject](load)

    def _take(self, subject):
        return self._customers[subject].take(_CUSTOMERS_A_ROUND)


class BacklogScene(Scene):
    """A load is a number of customers that waited for HQ. Both ends sync, but for PostgreSQL's
    subscriber, if it isn't told to."""

    def __init__(self, settings):
        super().__init__(settings)
        self.rounds = settings.long_rounds
        self._measure = {}
        self._customers = {}

    @contextlib.contextmanager
    def open(self, subjects, say):
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(processes.temp_folder())
            for subject in subjects:
                self._customers[subject] = loads.Customers()
                own = os.path.join(folder, subject)
                os.mkdir(own)
                if subject == OURS:
                    store = stack.enter_context(product.chain(own, product.ASYNCHRONOUS))
                    self._measure[subject] = self._ours(store)
                elif subject == "pouchdb-replication":
                    self._measure[subject] = self._pouchdb(stack, own)
                else:
                    pair = stack.enter_context(yardsticks.replicated_postgres(
                        own, synced=subject == "postgres-replication-synced"))
                    self._measure[subject] = self._postgres(subject, pair)
            yield

    def measure(self, subject, load):
        waiting = int(load)
        seconds = self._measure[subject](waiting)
        return {"seconds": seconds, "rate": waiting / seconds}

    def _ours(self, store):
        def measure(waiting):
            store.hq.stop()
            loads.load("create", store.address, _IN_FLIGHT, self.settings, is_product=True,
                       **self._all_of(OURS, waiting))
            if int(store.status()["outbox_depth"]) != waiting:
                raise processes.BenchError("customers came home without HQ")
            # From when HQ answers.
            store.hq.start()
            return _seconds_until("customers are home",
                                  lambda: store.status()["outbox_depth"] == "0",
                                  _STATUS_POLL_SECONDS)

        return measure

    def _postgres(self, subject, pair):
        def measure(waiting):
            pair.disconnect()
            loads.postgres("insert", pair.publisher.connection, _IN_FLIGHT, self.settings,
                           **self._all_of(subject, waiting))
            expected = pair.rows_at_publisher()
            pair.connect()
            return _seconds_until("rows are replicated",
                                  lambda: pair.rows_at_subscriber() == expected,
                                  _COUNT_POLL_SECONDS)

        return measure

    def _pouchdb(self, stack, folder):
        pair = []
        for name in ("store", "headquarters"):
            pair.append(peers.PouchDb(folder, name))
            stack.callback(pair[-1].stop)
        store, headquarters = pair

        def measure(waiting):
            first = self._customers["pouchdb-replication"].take(waiting)
            # A database of its own for each round: a replication begins where the last one ended.
            database = f"customers{first}"
            for server in pair:
                server.create_database(database)
            store.fill(database, loads.documents(first, waiting))
            began = time.monotonic()
            written = headquarters.pull(store, database)
            seconds = time.monotonic() - began
            if written != waiting:
                raise processes.BenchError(f"{written} of {waiting} documents were replicated")
            return seconds

        return measure

    def _all_of(self, subject, waiting):
        """So many, however long it takes."""
        return {"first": self._customers[subject].take(waiting), "customers": waiting,
                "warm_up": "0s", "duration": "1h"}


def _seconds_until(what, condition, poll_seconds):
    began = time.monotonic()
    processes.wait_until(what, condition, seconds_max=_HOME_SECONDS_MAX, poll_seconds=poll_seconds)
    return time.monotonic() - began
