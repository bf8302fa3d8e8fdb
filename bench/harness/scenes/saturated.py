"""An HQ that has more to do than it can: what a store that creates without it feels, and how many
channels it serves."""

import os
import shutil
import time

import chains
import loads
import places
import processes
import product
from rounds import OURS
from scenes.scene import Scene

_CHANNELS = 100
# Creates a second in the store: open loop.
_A_SECOND = 300
_IN_FLIGHT = 64
# More than are created in one measurement.
_STORE_CUSTOMERS = 10_000
_LOADS_CUSTOMERS = 500_000
# From when HQ is asked for more than it can to when that counts.
_SATURATION_SECONDS = 1
# HQ is idle when it takes less of its processor.
_IDLE_PART = 0.05
# In truth they are two machines. So HQ and who asks it have this processor, the store and who asks it
# that one; and HQ's files are in memory, the store has the disk.
_HQ_PROCESSOR, _STORE_PROCESSOR = 0, 1
# What HQ writes, at most.
_HQ_BYTES = 2 << 30


class SaturatedScene(Scene):
    """A load is a number of creates in flight in the store. Subjects: while a hundred channels upload
    without end and a hundred clients create at HQ, and "alone", in the same chain. Those channels have
    an address book of their own: the store is sent none of their customers."""

    def __init__(self, settings, say):
        super().__init__(settings, say)
        self._store = None
        self._folder = None
        self._at_hq = loads.Customers(_LOADS_CUSTOMERS)

    def start(self, subject, folder):
        if subject == OURS:
            self._folder = folder
            hq_folder = self.stack.enter_context(processes.temp_folder(places.MEMORY))
            if shutil.disk_usage(hq_folder).free < _HQ_BYTES:
                raise processes.BenchError(f"{places.MEMORY} has no room for HQ")
            self._store = self.stack.enter_context(product.chain(
                folder, product.ASYNCHRONOUS, processors=(_HQ_PROCESSOR, _STORE_PROCESSOR),
                hq_data=os.path.join(hq_folder, "hq"),
                file=chains.followed(folder, channels=_CHANNELS)))
            return self._create_while_saturated
        return self._create_alone

    def _create_alone(self, load):
        hq = self._store.hq.process
        processes.wait_until("HQ is idle", lambda: _busy_part(hq) < _IDLE_PART, seconds_max=600)
        return self._create(load)

    def _create_while_saturated(self, load):
        asking = [self._ask_hq(kind) for kind in ("upload", "create")]
        try:
            time.sleep(_SATURATION_SECONDS)
            result = self._create(load)
            for process in asking:
                process.check_running()
        finally:
            for process in asking:
                process.stop()
        return result

    def _ask_hq(self, kind):
        return loads.in_background(
            os.path.join(self._folder, f"{kind}.log"), kind, self._store.hq.address, self.settings,
            channels=_CHANNELS, channel_names=chains.names(_CHANNELS),
            first=self._at_hq.take(_LOADS_CUSTOMERS), customers=_LOADS_CUSTOMERS,
            processor=_HQ_PROCESSOR)

    def _create(self, load):
        return loads.load("create", self._store.address, int(load), self.settings, is_product=True,
                          rate=_A_SECOND, processor=_STORE_PROCESSOR,
                          duration=self.settings.idle_duration, **self.take(OURS, _STORE_CUSTOMERS))


def _busy_part(process):
    before = process.cpu_seconds()
    time.sleep(0.5)
    return (process.cpu_seconds() - before) / 0.5


class UploadScene(Scene):
    """A load is a number of channels that upload without end to an HQ of their own; subject
    "tenth-channels": a tenth of them."""

    def __init__(self, settings, say):
        super().__init__(settings, say)
        self.rounds = settings.long_rounds

    def start(self, subject, folder):
        hq = self.started(product.Hq(folder).start())
        hq.apply_chain(chains.followed(folder, channels=_CHANNELS))
        part = 10 if subject == "tenth-channels" else 1

        return lambda load: loads.upload(hq.address, int(load) // part, self.settings,
                                         **self.take(subject))
