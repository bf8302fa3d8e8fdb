"""Real-time creates while a backlog of another store comes home, compared with an idle HQ."""

import contextlib

import loads
import processes
import product
from rounds import OURS
from scenes.scene import Scene

# Creates a second: open loop, far below what HQ can do.
_A_SECOND = 40
_IN_FLIGHT = 64
_CUSTOMERS_A_ROUND = 500_000


class RealTimeFirstScene(Scene):
    """A load is a number of operations that wait for HQ. Subjects: with them, and "alone"."""

    def __init__(self, settings):
        super().__init__(settings)
        self.rounds = settings.long_rounds
        self._customers = loads.Customers()
        self._asking = None
        self._waiting = None

    @contextlib.contextmanager
    def open(self, subjects, say):
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(processes.temp_folder())
            self._asking = stack.enter_context(product.chain(folder, product.SYNCHRONOUS))
            self._waiting = product.ChannelService(folder, product.ASYNCHRONOUS, self._asking.hq)
            self._waiting.start()
            stack.callback(self._waiting.stop)
            processes.wait_until("the other store is online", self._waiting.is_ready)
            yield

    def measure(self, subject, load):
        if subject != OURS:
            return self._ask()
        waiting = int(load)
        hq = self._asking.hq
        hq.stop()
        loads.load("create", self._waiting.address, _IN_FLIGHT, self.settings,
                   first=self._customers.take(waiting), customers=waiting, is_product=True,
                   warm_up="0s", duration="1h")
        hq.start()
        processes.wait_until("the store is online again", self._asking.is_ready)
        result = self._ask()
        if self._has_settled():
            raise processes.BenchError("the backlog was home before the creates were over")
        processes.wait_until("the backlog is home", self._has_settled, seconds_max=3600,
                             poll_seconds=0.25)
        return result

    def _ask(self):
        return loads.load("create", self._asking.address, _IN_FLIGHT, self.settings,
                          first=self._customers.take(_CUSTOMERS_A_ROUND),
                          customers=_CUSTOMERS_A_ROUND, is_product=True, rate=_A_SECOND,
                          duration=self.settings.idle_duration)

    def _has_settled(self):
        return self._waiting.status()["outbox_depth"] == "0"
