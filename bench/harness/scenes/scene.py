"""What all scenes have in common."""

import contextlib


class Scene:
    """One way of measuring: starts what its subjects need, and measures one of them at a time. A load
    is what is asked of them."""

    def __init__(self, settings):
        self.settings = settings
        self.rounds = settings.rounds
        # What is worth knowing beside the figures: texts or numbers by name.
        self.facts = {}

    @contextlib.contextmanager
    def open(self, subjects, say):
        """While it is open, these subjects can be measured."""
        raise NotImplementedError

    def measure(self, subject, load):
        """Returns metrics by name."""
        raise NotImplementedError
