"""How things are measured. A path names its scene."""

from scenes.creating import CreateScene
from scenes.reading import ReadScene

SCENES = {
    "create": CreateScene,
    "read": ReadScene,
}
