"""How things are measured. A path names its scene."""

from scenes.coming_home import BacklogScene, IdleScene
from scenes.creating import CreateScene
from scenes.fan_out import FanOutScene
from scenes.new_channel import NewChannelScene
from scenes.reading import ReadScene
from scenes.real_time_first import RealTimeFirstScene
from scenes.two_stores import SlowDiskScene, SynchronousScene

SCENES = {
    "create": CreateScene,
    "read": ReadScene,
    "synchronous": SynchronousScene,
    "slow-disk": SlowDiskScene,
    "idle": IdleScene,
    "backlog": BacklogScene,
    "real-time-first": RealTimeFirstScene,
    "fan-out": FanOutScene,
    "new-channel": NewChannelScene,
}
