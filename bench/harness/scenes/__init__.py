"""How things are measured. A path names its scene."""

from scenes.coming_home import BacklogScene, IdleScene
from scenes.creating import BatchCreateScene, CreateScene
from scenes.fan_out import FanOutScene
from scenes.new_channel import NewChannelScene
from scenes.reading import ReadScene
from scenes.real_time_first import RealTimeFirstScene
from scenes.saturated import SaturatedScene, UploadScene
from scenes.two_stores import ManyChannelsScene, SlowDiskScene, SynchronousScene

# In the order in which they are run: a new channel fills the store that is read.
SCENES = {
    "create": CreateScene,
    "create-batch": BatchCreateScene,
    "slow-disk": SlowDiskScene,
    "many-channels": ManyChannelsScene,
    "synchronous": SynchronousScene,
    "idle": IdleScene,
    "new-channel": NewChannelScene,
    "read": ReadScene,
    "backlog": BacklogScene,
    "real-time-first": RealTimeFirstScene,
    "saturated": SaturatedScene,
    "upload": UploadScene,
    "fan-out": FanOutScene,
}
