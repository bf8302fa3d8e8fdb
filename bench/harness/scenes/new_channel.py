"""A channel service that begins with nothing, at an HQ with many customers."""

import os
import shutil
import time

import loads
import places
import prepared
import product
import yardsticks
from rounds import OURS
from scenes.scene import Scene

# Beside each customer its address.
_RECORDS_A_CUSTOMER = 2
_SCANNED_RECORDS = 1000


class NewChannelScene(Scene):
    """Loads: "store", a store becomes complete and searchable; "sent", what HQ sends to one who keeps
    nothing."""

    def __init__(self, settings, say):
        super().__init__(settings, say)
        self.rounds = settings.long_rounds

    def start(self, subject, folder):
        customers = self.settings.customers
        if subject == "floor-scan":
            floor = self.started(yardsticks.Floor(
                folder, subject, "scan", f"--data={os.path.join(folder, 'data')}",
                f"--samples={places.SAMPLES}", f"--customers={customers}",
                f"--records={_SCANNED_RECORDS}"))
            return lambda _: self._scan(floor)
        if subject == OURS:
            server = self.started(prepared.hq(folder, customers, self.settings, self.say))
        else:
            server = self.started(yardsticks.Floor(
                folder, subject, "stream", f"--ready_customers={customers}",
                f"--samples={places.SAMPLES}"))
        return lambda load: self._fill(load, server, folder)

    def _fill(self, load, server, folder):
        customers = self.settings.customers
        if load == "store":
            seconds = self._fill_store(server, os.path.join(folder, "filled"))
        else:
            seconds = loads.fill(server.address, customers)["seconds"]
        return {"seconds": seconds, "rate": customers / seconds,
                "records_rate": _RECORDS_A_CUSTOMER * customers / seconds,
                "hq_memory_mib": server.process.memory_bytes()[1] / 2**20}

    def _fill_store(self, hq, folder):
        os.mkdir(folder)
        store = product.ChannelService(folder, product.ASYNCHRONOUS, hq, with_metrics=True).start()
        began = time.monotonic()
        try:
            store.wait_until_filled(self.settings.customers)
            seconds = time.monotonic() - began
            prepared.keep_store(store, self.settings.customers)
            return seconds
        finally:
            store.stop()
            shutil.rmtree(folder)

    def _scan(self, floor):
        result = loads.load("get-uuid", floor.address, 1, self.settings, first=0,
                            customers=self.settings.customers, is_product=False)
        result["records_rate"] = result["rate"] * _SCANNED_RECORDS
        return result
