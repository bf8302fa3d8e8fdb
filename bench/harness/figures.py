"""Figures: a path divided by a yardstick."""

import statistics
from dataclasses import asdict, dataclass

import paths
import rounds


@dataclass(frozen=True)
class Figure:
    path: paths.Path
    against: paths.Against
    # Medians of the rounds.
    ours: float
    yardstick: float
    ratio: rounds.Ratio

    def reaches(self, wanted):
        """Whether the median does; None if nothing is wanted."""
        if wanted is None:
            return None
        if self.path.better == paths.HIGHER:
            return self.ratio.median >= wanted
        return self.ratio.median <= wanted

    def as_json(self):
        return {"name": f"{self.path.name}/{self.against.yardstick}", "ours": self.ours,
                "yardstick": self.yardstick, "unit": self.path.unit, "ratio": asdict(self.ratio),
                "better": self.path.better, "at_least": self.against.at_least, "aim": self.against.aim,
                "met": self.reaches(self.against.at_least), "aim_met": self.reaches(self.against.aim)}


@dataclass(frozen=True)
class Failure:
    """A figure that there isn't, and why."""
    path: paths.Path
    against: paths.Against
    why: str

    def as_json(self):
        return {"name": f"{self.path.name}/{self.against.yardstick}", "better": self.path.better,
                "at_least": self.against.at_least, "aim": self.against.aim, "met": False,
                "aim_met": False, "error": self.why}


def figures_of(path, measured, failures):
    """Figures and failures, one a yardstick, from what rounds.interleave() returned."""

    def values(subject):
        return [metrics[path.metric] for metrics in measured[path.load, subject]]

    for against in path.against:
        why = (failures.get((path.load, rounds.OURS))
               or failures.get((path.load, against.yardstick)))
        if why:
            yield Failure(path, against, why)
            continue
        ours = values(rounds.OURS)
        yardstick = (values(against.yardstick) if against.value is None
                     else [against.value] * len(ours))
        yield Figure(path, against, statistics.median(ours), statistics.median(yardstick),
                     rounds.ratio(ours, yardstick))
