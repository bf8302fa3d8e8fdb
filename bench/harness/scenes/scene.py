"""What all scenes have in common."""

import contextlib
import os

import loads
import processes


class Scene:
    """One way of measuring: starts what its subjects need, and measures one of them at a time. A load
    is what is asked of them."""

    # As many customers as one measurement takes at most: each takes others.
    customers_a_round = 500_000

    def __init__(self, settings, say):
        self.settings = settings
        # Tells whoever waits.
        self.say = say
        self.rounds = settings.rounds
        # What is worth knowing beside the figures: numbers by name.
        self.facts = {}
        # Stops what was started.
        self.stack = contextlib.ExitStack()
        self._measure = {}
        self._failed = {}
        # Each subject creates the same customers.
        self._customers = {}

    @contextlib.contextmanager
    def open(self, subjects):
        """While it is open, these subjects can be measured."""
        with processes.temp_folder() as folder, self.stack:
            for subject in subjects:
                own = os.path.join(folder, subject)
                os.mkdir(own)
                self._customers[subject] = loads.Customers()
                try:
                    self._measure[subject] = self.start(subject, own)
                except Exception as error:  # Whatever it is, the others go on.
                    self._failed[subject] = processes.text_of(error)
            yield

    def start(self, subject, folder):
        """Starts a subject; returns what measures it under a load."""
        raise NotImplementedError

    def measure(self, subject, load):
        """Returns metrics by name."""
        if subject in self._failed:
            raise processes.BenchError(f"it didn't start: {self._failed[subject]}")
        return self._measure[subject](load)

    def started(self, server):
        """Of something with stop(), which is stopped at the end."""
        self.stack.callback(server.stop)
        return server

    def take(self, subject, count=None):
        """Flags of a load: customers that this subject hasn't had."""
        count = count or self.customers_a_round
        return {"first": self._customers[subject].take(count), "customers": count}

    def all_of(self, subject, count):
        """The same for a load that creates so many, however long it takes."""
        return {**self.take(subject, count), "warm_up": "0s", "duration": "1h"}
