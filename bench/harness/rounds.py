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
        return 3 if self.quick else 5

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
        return "300ms" if self.quick else "500ms"

    @property
    def duration(self):
        return "1s" if self.quick else "3s"

    @property
    def idle_duration(self):
        """So that there are a few hundred of what comes one by one."""
        return "2s" if self.quick else "10s"


def interleave(scene, subjects_by_load, say):
    """Returns for each (load, subject) what each round measured, as dicts by metric; and why loads that
    somebody cannot do weren't measured, as texts by load."""
    failures = {}
    measured = {(load, subject): [] for load, subjects in subjects_by_load.items()
                for subject in subjects}
    for number in range(scene.rounds):
        for load, subjects in subjects_by_load.items():
            if load in failures:
                continue
            # Every second round from the other end, so that nobody always has the same before it.
            for subject in subjects if number % 2 == 0 else subjects[::-1]:
                try:
                    metrics = scene.measure(subject, load)
                except processes.BenchError as error:
                    failures[load] = f"{subject}: {error}"
                    say(f"{load} cannot be measured: {failures[load]}")
                    break
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
