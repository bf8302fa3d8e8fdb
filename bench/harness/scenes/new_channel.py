"""A channel service that begins with nothing, at an HQ with many customers."""

import contextlib
import os
import time

import loads
import places
import prepared
import processes
import product
import yardsticks
from rounds import OURS
from scenes.scene import Scene

# Beside each customer its address.
_RECORDS_A_CUSTOMER = 2


class NewChannelScene(Scene):
    """Loads: "store", a store becomes complete and searchable; "sent", what HQ sends to one who keeps
    nothing."""

    def __init__(self, settings):
        super().__init__(settings)
        # Minutes each.
        self.rounds = 1
        self._folder = None
        self._servers = {}
        self._number = 0

    @contextlib.contextmanager
    def open(self, subjects, say):
        customers = self.settings.customers
        with contextlib.ExitStack() as stack:
            self._folder = stack.enter_context(processes.temp_folder())
            self._servers[OURS] = prepared.hq(self._folder, customers, self.settings, say)
            stack.callback(self._servers[OURS].stop)
            if "floor-ready-stream" in subjects:
                floor = yardsticks.Floor(self._folder, "floor", "stream",
                                         f"--ready_customers={customers}",
                                         f"--samples={places.SAMPLES}")
                stack.callback(floor.stop)
                self._servers["floor-ready-stream"] = floor
            yield

    def measure(self, subject, load):
        server = self._servers[subject]
        customers = self.settings.customers
        if load == "store":
            seconds = self._fill_store(server, customers)
        else:
            seconds = loads.fill(server.address, customers)["seconds"]
        return {"seconds": seconds, "rate": customers / seconds,
                "records_rate": _RECORDS_A_CUSTOMER * customers / seconds,
                "hq_memory_mib": server.process.memory_bytes()[1] / 2**20}

    def _fill_store(self, hq, customers):
        self._number += 1
        own = os.path.join(self._folder, str(self._number))
        os.mkdir(own)
        store = product.ChannelService(own, product.ASYNCHRONOUS, hq).start()
        began = time.monotonic()
        try:
            store.wait_until_filled(customers)
            return time.monotonic() - began
        finally:
            store.stop()
