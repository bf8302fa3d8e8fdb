"""Changes that go to a thousand channel services."""

import os
from dataclasses import dataclass

import chains
import loads
import product
import yardsticks
from rounds import OURS
from scenes.scene import Scene

_FOLLOWERS = 1000


@dataclass(frozen=True)
class _Shape:
    # A channel takes a hundred channel services at most; those of a group share an address book.
    channels: int
    groups: int
    changes_a_second: int


_SHAPES = {"all": _Shape(10, 1, 100), "ten-each": _Shape(100, 100, 1000)}


class FanOutScene(Scene):
    """A load is a shape: who follows what."""

    customers_a_round = 100_000

    def __init__(self, settings, say):
        super().__init__(settings, say)
        self.rounds = settings.long_rounds

    def start(self, subject, folder):
        servers = {}
        for name, shape in _SHAPES.items():
            own = os.path.join(folder, name)
            os.mkdir(own)
            servers[name] = self.started(
                _hq(own, shape) if subject == OURS
                else yardsticks.Floor(own, subject, "stream", f"--groups={shape.groups}"))
        return lambda load: self._follow(subject, servers[load], _SHAPES[load])

    def _follow(self, subject, server, shape):
        before, _ = server.process.memory_bytes()
        result = loads.fan_out(server.address, self.settings, followers=_FOLLOWERS,
                               channels=shape.channels, groups=shape.groups,
                               rate=shape.changes_a_second, first=self.take(subject)["first"])
        # At most, while all of them were connected and were sent to.
        result["connection_kib"] = (server.process.memory_bytes()[1] - before) / 1024 / _FOLLOWERS
        return result


def _hq(folder, shape):
    hq = product.Hq(folder).start()
    hq.apply_chain(chains.followed(
        folder, channels=shape.channels, groups=shape.groups,
        services_of=lambda channel: range(channel, _FOLLOWERS, shape.channels)))
    return hq
