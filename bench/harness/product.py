"""The product as it is deployed: HQ and channel services of the sample chain, started and set up."""

import contextlib
import json
import os
import shutil
import time

import places
import processes


# Whoever answers metrics takes longer to stop.
_METRICS = ("--metrics_listen=127.0.0.1:0",)


def _wait_until_searchable(process, folder, name):
    """Until it has read the words of its customers into memory."""
    def is_loaded():
        process.check_running()
        metrics = processes.metrics_of(folder, name)
        return metrics.get('comptoir_search_memory_state{state="ready"}') == 1

    processes.wait_until("the words of the customers are in memory", is_loaded, seconds_max=600,
                         poll_seconds=0.25)


class Hq:
    def __init__(self, folder, *, data=None, processor=None, with_metrics=False):
        self._folder = folder
        self._metrics = _METRICS if with_metrics else ()
        # The only one that it may use, if there is one.
        self._processor = processor
        self.data = data or os.path.join(folder, "hq")
        self._listen = "127.0.0.1:0"
        self.process = None
        self.address = None

    def start(self):
        self.process, self.address = processes.start_with_port(
            [*processes.on(self._processor), places.HQ_SERVICE, f"--listen={self._listen}",
             f"--data={self.data}", *self._metrics], self._folder, "hq")
        # Those who know it find it again after a restart.
        self._listen = self.address
        return self

    def stop(self):
        self.process.stop()

    def wait_until_searchable(self):
        """With metrics only."""
        _wait_until_searchable(self.process, self._folder, "hq")

    def apply_chain(self, file=places.CHAIN):
        processes.run(places.COMPTOIR, "--hq", self.address, "apply", "-f", file)


class ChannelService:
    """Of one channel of the sample chain, or of others."""

    def __init__(self, folder, channel, hq, *, service=None, sync_microseconds=0, processor=None,
                 with_metrics=False):
        self._folder = folder
        # A number, or several with commas.
        self._channel = channel
        self._service = service or f"store-{channel}"
        self.hq = hq
        self._processor = processor
        # How much longer its disk takes to sync than this machine's.
        self._environment = {"LD_PRELOAD": places.SLOW_SYNC,
                             "COMPTOIR_SYNC_MICROSECONDS": str(sync_microseconds)
                             } if sync_microseconds else {}
        self._listen = "127.0.0.1:0"
        self.data = os.path.join(folder, self._service)
        self._metrics = _METRICS if with_metrics else ()
        self._socket = os.path.join(folder, f"{self._service}.sock")
        self.process = None
        self.address = None
        self.unix_address = f"unix:{self._socket}"

    def start(self):
        self.process, self.address = processes.start_with_port(
            [*processes.on(self._processor), places.CHANNEL_SERVICE, f"--listen={self._listen}",
             f"--listen_unix={self._socket}", f"--data={self.data}", f"--hq={self.hq.address}",
             f"--id={self._service}", f"--channels={self._channel}", *self._metrics], self._folder,
            self._service, self._environment)
        self._listen = self.address
        return self

    def stop(self):
        self.process.stop()

    def comptoir(self, *arguments):
        return processes.run(places.COMPTOIR, "--service", self.address, *arguments)

    def status(self):
        status = json.loads(self.comptoir("--json", "status"))
        return status[0] if isinstance(status, list) else status

    def is_ready(self):
        self.process.check_running()
        status = self.status()
        return status.get("configured", False) and status.get("link") == "LINK_STATE_ONLINE"

    def wait_until_searchable(self):
        """With metrics only."""
        _wait_until_searchable(self.process, self._folder, self._service)

    def wait_until_tidy(self):
        """Until it has merged the files that it wrote while it was filled. With metrics only."""
        def is_tidy():
            self.process.check_running()
            return processes.metrics_of(self._folder, self._service)["comptoir_database_untidy_files"] == 0

        processes.wait_until("the store's files are merged", is_tidy, seconds_max=600, poll_seconds=0.25)

    def wait_until_filled(self, customers):
        """Until it holds so many and has all changes of HQ."""
        def is_filled():
            self.process.check_running()
            status = self.status()
            return int(status.get("customers", 0)) >= customers and status.get("lag_changes") == "0"

        processes.wait_until(f"{customers:,} customers in the store", is_filled, seconds_max=3600,
                             poll_seconds=0.25)


# The channel of the sample chain that creates without asking HQ, and one that asks.
ASYNCHRONOUS = "002"
SYNCHRONOUS = "001"


@contextlib.contextmanager
def chain(folder, channel, *, service=None, file=places.CHAIN, sync_microseconds=0, processors=(None, None),
          hq_data=None):
    """HQ and a store of one channel, online; each on a processor of its own, if there are some."""
    hq = Hq(folder, data=hq_data, processor=processors[0])
    with contextlib.ExitStack() as stack:
        hq.start()
        stack.callback(hq.stop)
        hq.apply_chain(file)
        store = ChannelService(folder, channel, hq, service=service, sync_microseconds=sync_microseconds,
                               processor=processors[1]).start()
        stack.callback(store.stop)
        processes.wait_until("the store is configured and online", store.is_ready)
        yield store


@contextlib.contextmanager
def store_by_itself(folder, channel=ASYNCHRONOUS, **options):
    """A store that creates without HQ, whose HQ is away: what it does, it does alone."""
    with chain(folder, channel, **options) as store:
        store.comptoir("offline")
        store.hq.stop()
        yield store


# What a service writes later is written when its files have been the same for so long.
_QUIET_SECONDS = 2


def count_writes(folder, load, customers):
    """Keys and bytes that one asynchronous create writes, then and later, counted in a store's
    database."""

    def written(data, after):
        # A copy: the one who counts opens it to write.
        copy = os.path.join(folder, "copy")
        shutil.copytree(data, copy)
        counted = processes.run(places.FLOORS, "count", f"--data={copy}", f"--after={after}")
        shutil.rmtree(copy)
        return json.loads(counted)

    with store_by_itself(folder) as store:
        store.stop()
        before = written(store.data, 0)["last_sequence"]
        store.start()
        load(store.address)
        _wait_until_quiet(store.data)
        store.stop()
        counted = written(store.data, before)
    # RocksDB numbers what is written, so nothing is missed; the log says what it was.
    writes = counted["last_sequence"] - before
    if counted["logged_writes"] * 2 < writes:
        raise processes.BenchError("most of what was written is no longer in the log")
    part = counted["logged_writes"] / writes
    return counted["keys"] / part / customers, counted["bytes"] / part / customers


def _wait_until_quiet(folder):
    state = {"bytes": -1, "since": 0}

    def is_quiet():
        size = sum(entry.stat().st_size for entry in os.scandir(folder))
        if size != state["bytes"]:
            state.update(bytes=size, since=time.monotonic())
        return time.monotonic() - state["since"] > _QUIET_SECONDS

    processes.wait_until("a store that has written all", is_quiet, poll_seconds=0.1)
