"""Changes that go to a thousand channel services."""

import contextlib
import os
from dataclasses import dataclass

import loads
import places
import processes
import product
import yardsticks
from rounds import OURS
from scenes.scene import Scene

_FOLLOWERS = 1000
_CUSTOMERS_A_ROUND = 100_000


@dataclass(frozen=True)
class _Shape:
    # A channel takes a hundred channel services at most; those of a group share an address book.
    channels: int
    groups: int
    changes_a_second: int


_SHAPES = {"all": _Shape(10, 1, 100), "ten-each": _Shape(100, 100, 1000)}


class FanOutScene(Scene):
    """A load is a shape: who follows what."""

    def __init__(self, settings):
        super().__init__(settings)
        self.rounds = settings.long_rounds
        self._servers = {}
        self._customers = {}

    @contextlib.contextmanager
    def open(self, subjects, say):
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(processes.temp_folder())
            for subject in subjects:
                self._customers[subject] = loads.Customers()
                for name, shape in _SHAPES.items():
                    own = os.path.join(folder, f"{subject}-{name}")
                    os.mkdir(own)
                    server = (_hq(own, shape) if subject == OURS
                              else yardsticks.Floor(own, subject, "stream", f"--groups={shape.groups}"))
                    stack.callback(server.stop)
                    self._servers[subject, name] = server
            yield

    def measure(self, subject, load):
        server = self._servers[subject, load]
        shape = _SHAPES[load]
        before, _ = server.process.memory_bytes()
        result = loads.fan_out(server.address, self.settings, followers=_FOLLOWERS,
                               channels=shape.channels, groups=shape.groups,
                               rate=shape.changes_a_second,
                               first=self._customers[subject].take(_CUSTOMERS_A_ROUND))
        # At most, while all of them were connected and were sent to.
        result["connection_kib"] = (server.process.memory_bytes()[1] - before) / 1024 / _FOLLOWERS
        return result


def _hq(folder, shape):
    hq = product.Hq(folder).start()
    chain = os.path.join(folder, "chain.textproto")
    with open(places.CHAIN, encoding="utf-8") as sample, open(chain, "w", encoding="utf-8") as out:
        out.write(sample.read())
        for group in range(shape.groups):
            out.write(f"""
configurations {{ address_book {{ name: "addressBooks/{group}" display_name: "Group {group}" }} }}
""")
        for channel in range(shape.channels):
            out.write(_channel(channel, channel % shape.groups,
                               range(channel, _FOLLOWERS, shape.channels)))
    hq.apply_chain(chain)
    return hq


def _channel(channel, group, followers):
    services = "\n".join(f'    channel_services: "follower-{number}"' for number in followers)
    return f"""
configurations {{
  channel {{
    name: "channels/followed-{channel}"
    display_name: "Followed {channel}"
    operating_unit: "operatingUnits/seattle"
    profile: "profiles/stores"
    currency: "USD"
    language: "en-US"
{services}
    default_customer: "defaultCustomers/us"
    address_books: "addressBooks/{group}"
    channel_database_group: "channelDatabaseGroups/stores"
  }}
}}
"""
