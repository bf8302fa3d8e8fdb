"""A store compared with one that is set up otherwise."""

import chains
import loads
import processes
import product
from rounds import OURS
from scenes.scene import Scene


class _TwoStoresScene(Scene):
    """A load is a number of creates in flight."""

    # Opens a store in a folder, by subject.
    STORES = {}
    # How many channels a store has, where that isn't one.
    CHANNELS = {}

    def start(self, subject, folder):
        store = self.stack.enter_context(self.STORES[subject](folder))
        # By default that of the store.
        channels = chains.names(self.CHANNELS.get(subject, 0))

        def measure(load):
            before = int(store.status()["created_by_fallback"])
            result = loads.load("create", store.address, int(load), self.settings, is_product=True,
                                channel=channels, **self.take(subject))
            fell_back = int(store.status()["created_by_fallback"]) - before
            if fell_back * 100 > result["count"]:
                raise processes.BenchError(
                    f"HQ didn't answer {fell_back} of {result['count']} creates in time")
            return result

        return measure


class SynchronousScene(_TwoStoresScene):
    """Through HQ, and without asking it."""

    STORES = {OURS: lambda folder: product.chain(folder, product.SYNCHRONOUS),
              "asynchronous": product.store_by_itself}


class SlowDiskScene(_TwoStoresScene):
    """On a disk that is slow to sync, and on this one."""

    STORES = {OURS: lambda folder: product.store_by_itself(folder, sync_microseconds=5000),
              "fast-disk": product.store_by_itself}


class ManyChannelsScene(_TwoStoresScene):
    """A channel service that creates for ten channels by turns, and one that has a single channel."""

    CHANNELS = {OURS: 10, "tenth-channels": 1}
    STORES = {OURS: lambda folder: _store_of(folder, 10),
              "tenth-channels": lambda folder: _store_of(folder, 1)}


def _store_of(folder, channels):
    file = chains.followed(folder, channels=channels, services_of=lambda _: [0], profile="busy")
    return product.store_by_itself(folder, chains.names(channels), service="follower-0", file=file)
