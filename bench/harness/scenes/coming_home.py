"""From a create in a store to its account number there: of one customer in an idle chain, and of many
that waited for HQ."""

import time

import chains
import loads
import peers
import processes
import product
import yardsticks
from rounds import OURS
from scenes.scene import Scene

_IN_FLIGHT = 64
# To ask a service takes a process; PostgreSQL's rows are counted quickly.
_STATUS_POLL_SECONDS = 0.25
_COUNT_POLL_SECONDS = 0.05
_HOME_SECONDS_MAX = 3600


class IdleScene(Scene):
    """A load is how the account number is looked for, of a customer now and then."""

    _A_SECOND = 50

    def start(self, subject, folder):
        if subject == OURS:
            store = self.stack.enter_context(product.chain(folder, product.ASYNCHRONOUS))
            return lambda kind: loads.account_numbers(kind, store.address, self._A_SECOND, self.settings,
                                                      first=self.take(subject)["first"])
        pair = self.stack.enter_context(yardsticks.replicated_postgres(folder))
        return lambda _: loads.postgres_replicated(pair, self._A_SECOND, self.settings,
                                                   first=self.take(subject)["first"])


class BacklogScene(Scene):
    """A load is a number of customers that waited for HQ. Both ends sync, but for PostgreSQL's
    subscriber, if it isn't told to. Subject "tenth-backlog": a tenth of them, in a chain of its own."""

    def __init__(self, settings, say):
        super().__init__(settings, say)
        self.rounds = settings.long_rounds

    def start(self, subject, folder):
        if subject in (OURS, "tenth-backlog"):
            home = self._ours(subject, self.stack.enter_context(product.chain(
                folder, product.ASYNCHRONOUS,
                file=chains.of(folder, f"store-{product.ASYNCHRONOUS}"))))
        elif subject == "pouchdb-replication":
            home = self._pouchdb(subject, folder)
        else:
            home = self._postgres(subject, self.stack.enter_context(yardsticks.replicated_postgres(
                folder, synced=subject == "postgres-replication-synced")))
        part = 10 if subject == "tenth-backlog" else 1

        def measure(load):
            waiting = int(load) // part
            seconds = home(waiting)
            return {"seconds": seconds, "rate": waiting / seconds}

        return measure

    def _ours(self, subject, store):
        def home(waiting):
            store.hq.stop()
            loads.load("create", store.address, _IN_FLIGHT, self.settings, is_product=True,
                       **self.all_of(subject, waiting))
            if int(store.status()["outbox_depth"]) != waiting:
                raise processes.BenchError("customers came home without HQ")
            # From when HQ answers.
            store.hq.start()
            return _seconds_until("customers are home",
                                  lambda: store.status()["outbox_depth"] == "0",
                                  _STATUS_POLL_SECONDS)

        return home

    def _postgres(self, subject, pair):
        def home(waiting):
            pair.disconnect()
            loads.postgres("insert", pair.publisher.connection, _IN_FLIGHT, self.settings,
                           **self.all_of(subject, waiting))
            expected = pair.rows_at_publisher()
            pair.connect()
            return _seconds_until("rows are replicated",
                                  lambda: pair.rows_at_subscriber() == expected,
                                  _COUNT_POLL_SECONDS)

        return home

    def _pouchdb(self, subject, folder):
        store, headquarters = (self.started(peers.PouchDb(folder, name))
                               for name in ("store", "headquarters"))

        def home(waiting):
            first = self.take(subject, waiting)["first"]
            # A database of its own for each round: a replication begins where the last one ended.
            database = f"customers{first}"
            for server in (store, headquarters):
                server.create_database(database)
            store.fill(database, loads.documents(first, waiting))
            began = time.monotonic()
            written = headquarters.pull(store, database)
            seconds = time.monotonic() - began
            if written != waiting:
                raise processes.BenchError(f"{written} of {waiting} documents were replicated")
            return seconds

        return home


def _seconds_until(what, condition, poll_seconds):
    began = time.monotonic()
    processes.wait_until(what, condition, seconds_max=_HOME_SECONDS_MAX, poll_seconds=poll_seconds)
    return time.monotonic() - began
