"""Real-time creates while a backlog of another store comes home, compared with an idle HQ."""

import chains
import loads
import processes
import product
from rounds import OURS
from scenes.scene import Scene

# Creates a second: open loop, far below what HQ can do.
_A_SECOND = 40
_IN_FLIGHT = 64


class RealTimeFirstScene(Scene):
    """A load is a number of operations that wait for HQ. Subjects: with them, and "alone", in the same
    chain."""

    def __init__(self, settings, say):
        super().__init__(settings, say)
        self.rounds = settings.long_rounds
        self._asking = None
        self._waiting = None

    def start(self, subject, folder):
        if subject == OURS:
            self._asking = self.stack.enter_context(product.chain(
                folder, product.SYNCHRONOUS,
                file=chains.of(folder, f"store-{product.SYNCHRONOUS}",
                               f"store-{product.ASYNCHRONOUS}")))
            self._waiting = product.ChannelService(folder, product.ASYNCHRONOUS, self._asking.hq)
            self.started(self._waiting.start())
            processes.wait_until("the other store is online", self._waiting.is_ready)
            return self._ask_before_backlog
        return lambda _: self._ask()

    def _ask_before_backlog(self, load):
        waiting = int(load)
        hq = self._asking.hq
        hq.stop()
        loads.load("create", self._waiting.address, _IN_FLIGHT, self.settings, is_product=True,
                   **self.all_of(OURS, waiting))
        hq.start()
        processes.wait_until("the store is online again", self._asking.is_ready)
        result = self._ask()
        if self._has_settled():
            raise processes.BenchError("the backlog was home before the creates were over")
        processes.wait_until("the backlog is home", self._has_settled, seconds_max=3600,
                             poll_seconds=0.25)
        return result

    def _ask(self):
        return loads.load("create", self._asking.address, _IN_FLIGHT, self.settings, is_product=True,
                          rate=_A_SECOND, duration=self.settings.idle_duration, **self.take(OURS))

    def _has_settled(self):
        return self._waiting.status()["outbox_depth"] == "0"
