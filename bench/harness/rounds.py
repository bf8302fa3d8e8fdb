"""Measures in interleaved rounds, and what is made of them: ratios of what was measured in the same
round, for times of different minutes mean nothing on a machine that others use too."""

import statistics
from dataclasses import dataclass

import processes

OURS = "comptoir"

# Metrics that whoever waits is told.
_SHOWN = ("rate", "p50_us", "p99_us", "seconds")


@dataclass(frozen=True)
class Settings:
    """How long it may take."""
    quick: bool

    @property
    def rounds(self):
        return 2 if self.quick else 5

    @property
    def long_rounds(self):
        """Of what takes long."""
        return 1 if self.quick else 3

    @property
    def customers(self):
        """In a store that is read and searched."""
        return 50_000 if self.quick else 1_000_000

    @property
    def warm_up(self):
        return "200ms" if self.quick else "300ms"

    @property
    def duration(self):
        return "600ms" if self.quick else "1500ms"

    @property
    def batch_duration(self):
        """So that there are enough of calls with hundreds of creates."""
        return "1s" if self.quick else "3s"

    @property
    def read_duration(self):
        """Of what changes nothing, and so is the same after seconds."""
        return "400ms" if self.quick else "1s"

    @property
    def idle_duration(self):
        """So that there are a few hundred of what comes one by one."""
        return "2s" if self.quick else "6s"


def interleave(scene, subjects_by_load, say):
    """Returns for each (load, subject) what each round measured, as dicts by metric; and why some of
    them couldn't be measured, as texts. Ours comes first: without it there is nothing to compare."""
    failures = {}
    measured = {(load, subject): [] for load, subjects in subjects_by_load.items()
                for subject in subjects}
    for number in range(scene.rounds):
        for load, subjects in subjects_by_load.items():
            # Every second round from the other end, so that nobody always has the same before it.
            for subject in subjects if number % 2 == 0 else subjects[::-1]:
                if (load, subject) in failures or (load, OURS) in failures:
                    continue
                try:
                    metrics = scene.measure(subject, load)
                except Exception as error:  # Whatever it is, the others go on.
                    failures[load, subject] = processes.text_of(error)
                    say(f"{load}, {subject} cannot be measured: {failures[load, subject]}")
                    continue
                measured[load, subject].append(metrics)
                say(f"round {number + 1} of {scene.rounds}, {load}, {subject}: "
                    + ", ".join(f"{name} {value:,.0f}" for name, value in metrics.items()
                                if name in _SHOWN))
    return measured, failures


@dataclass(frozen=True)
class Ratio:
    median: float
    low: float
    high: float


def ratio(ours, yardstick):
    """Of two lists of values, round by round."""
    ratios = [one / other for one, other in zip(ours, yardstick)]
    return Ratio(statistics.median(ratios), min(ratios), max(ratios))
