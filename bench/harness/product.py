"""The product as it is deployed: HQ and channel services of the sample chain, started and set up."""

import contextlib
import json
import os
import shutil

import places
import processes


class Hq:
    def __init__(self, folder):
        self._folder = folder
        self.data = os.path.join(folder, "hq")
        self._listen = "127.0.0.1:0"
        self.process = None
        self.address = None

    def start(self):
        self.process, self.address = processes.start_with_port(
            [places.HQ_SERVICE, f"--listen={self._listen}", f"--data={self.data}"], self._folder, "hq")
        # Those who know it find it again after a restart.
        self._listen = self.address
        return self

    def stop(self):
        self.process.stop()

    def apply_chain(self, file=places.CHAIN):
        processes.run(places.COMPTOIR, "--hq", self.address, "apply", "-f", file)


class ChannelService:
    """Of one channel of the sample chain."""

    def __init__(self, folder, channel, hq, *, sync_microseconds=0):
        self._folder = folder
        self._channel = channel
        self.hq = hq
        # How much longer its disk takes to sync than this machine's.
        self._environment = {"LD_PRELOAD": places.SLOW_SYNC,
                             "COMPTOIR_SYNC_MICROSECONDS": str(sync_microseconds)
                             } if sync_microseconds else {}
        self._listen = "127.0.0.1:0"
        self.data = os.path.join(folder, channel)
        self.process = None
        self.address = None

    def start(self):
        self.process, self.address = processes.start_with_port(
            [places.CHANNEL_SERVICE, f"--listen={self._listen}", f"--data={self.data}",
             f"--hq={self.hq.address}", f"--id=store-{self._channel}",
             f"--channels={self._channel}"], self._folder, self._channel, self._environment)
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
def chain(folder, channel, *, sync_microseconds=0):
    """HQ and the store of one channel, online."""
    hq = Hq(folder)
    with contextlib.ExitStack() as stack:
        hq.start()
        stack.callback(hq.stop)
        hq.apply_chain()
        store = ChannelService(folder, channel, hq, sync_microseconds=sync_microseconds).start()
        stack.callback(store.stop)
        processes.wait_until("the store is configured and online", store.is_ready)
        yield store


@contextlib.contextmanager
def store_by_itself(folder, *, sync_microseconds=0):
    """A store that creates without HQ, whose HQ is away: what it does, it does alone."""
    with chain(folder, ASYNCHRONOUS, sync_microseconds=sync_microseconds) as store:
        store.comptoir("offline")
        store.hq.stop()
        yield store


def count_writes(folder, load, customers):
    """Keys and bytes that one asynchronous create writes, counted in the log of a store's database."""

    def written(data, copy):
        # A copy: the one who counts opens it to write.
        shutil.copytree(data, copy)
        counted = json.loads(processes.run(places.FLOORS, "count", f"--data={copy}"))
        shutil.rmtree(copy)
        return counted

    with store_by_itself(folder) as store:
        store.stop()
        before = written(store.data, os.path.join(folder, "before"))
        store.start()
        load(store.address)
        store.stop()
        after = written(store.data, os.path.join(folder, "after"))
    keys = after["puts"] + after["deletes"] - before["puts"] - before["deletes"]
    return keys / customers, (after["bytes"] - before["bytes"]) / customers
