"""Measures in interleaved rounds, and what is made of them: ratios of what was measured in the same
round, for times of different minutes mean nothing on a machine that others use too."""

import statistics
from dataclasses import dataclass

OURS = "comptoir"


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
    def warm_up(self):
        return "300ms" if self.quick else "500ms"

    @property
    def duration(self):
        return "1s" if self.quick else "3s"


def interleave(scene, loads, subjects, say):
    """Returns for each (load, subject) what each round measured, as dicts by metric."""
    measured = {(load, subject): [] for load in loads for subject in subjects}
    for number in range(scene.rounds):
        # Every second round the other way round, so that nobody is always the one after whom.
        order = subjects if number % 2 == 0 else subjects[::-1]
        for load in loads:
            for subject in order:
                metrics = scene.measure(subject, load)
                measured[load, subject].append(metrics)
                say(f"round {number + 1} of {scene.rounds}, {load}, {subject}: "
                    + ", ".join(f"{name} {value:,.0f}" for name, value in metrics.items()
                                if name in ("rate", "p50_us", "p99_us")))
    return measured


@dataclass(frozen=True)
class Ratio:
    median: float
    low: float
    high: float


def ratio(ours, yardstick):
    """Of two lists of values, round by round."""
    ratios = [one / other for one, other in zip(ours, yardstick)]
    return Ratio(statistics.median(ratios), min(ratios), max(ratios))
