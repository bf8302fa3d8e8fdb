"""A store compared with one that is set up otherwise."""

import contextlib
import os

import loads
import processes
import product
from rounds import OURS
from scenes.scene import Scene

_CUSTOMERS_A_ROUND = 500_000


class _TwoStoresScene(Scene):
    """A load is a number of creates in flight."""

    # Opens a store in a folder, by subject.
    STORES = {}

    def __init__(self, settings):
        super().__init__(settings)
        self._stores = {}
        self._customers = {}

    @contextlib.contextmanager
    def open(self, subjects, say):
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(processes.temp_folder())
            for subject in subjects:
                self._customers[subject] = loads.Customers()
                own = os.path.join(folder, subject)
                os.mkdir(own)
                self._stores[subject] = stack.enter_context(self.STORES[subject](own))
            yield

    def measure(self, subject, load):
        store = self._stores[subject]
        before = int(store.status()["created_by_fallback"])
        result = loads.load("create", store.address, int(load), self.settings,
                            first=self._customers[subject].take(_CUSTOMERS_A_ROUND),
                            customers=_CUSTOMERS_A_ROUND, is_product=True)
        fell_back = int(store.status()["created_by_fallback"]) - before
        if fell_back * 100 > result["count"]:
            raise processes.BenchError(
                f"HQ didn't answer {fell_back} of {result['count']} creates in time")
        return result


class SynchronousScene(_TwoStoresScene):
    """Through HQ, and without asking it."""

    STORES = {OURS: lambda folder: product.chain(folder, product.SYNCHRONOUS),
              "asynchronous": product.store_by_itself}


class SlowDiskScene(_TwoStoresScene):
    """On a disk that is slow to sync, and on this one."""

    STORES = {OURS: lambda folder: product.store_by_itself(folder, sync_microseconds=5000),
              "fast-disk": product.store_by_itself}
