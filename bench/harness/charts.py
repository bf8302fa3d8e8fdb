"""One chart a path: ours beside its yardsticks, and what is to be reached."""

import os

import paths
import places


_UNITS = {"/s": "a second"}


def draw_all(figures):
    """Draws the charts of all paths; returns each path with its picture, relative to docs/."""
    os.makedirs(places.CHARTS, exist_ok=True)
    drawn = []
    for path in dict.fromkeys(figure.path for figure in figures):
        file = os.path.join(places.CHARTS, f"{path.name}.svg")
        _draw(path, [figure for figure in figures if figure.path is path], file)
        drawn.append((path, os.path.relpath(file, os.path.dirname(places.DOCS))))
    return drawn


def _draw(path, figures, file):
    # Only who draws needs the library.
    import matplotlib
    matplotlib.use("svg")
    # Texts as texts, and the same picture for the same figures: small, and quiet in version control.
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": path.name, "font.size": 9})
    from matplotlib import pyplot

    labels = ["Comptoir"] + [paths.yardstick_of(figure.against.yardstick) for figure in figures]
    values = [figures[0].ours] + [figure.yardstick for figure in figures]
    figure_height = 0.9 + 0.3 * len(labels)
    picture, axes = pyplot.subplots(figsize=(8, figure_height), layout="constrained")
    places_of = range(len(labels))
    axes.barh(places_of, values, height=0.6, color=["#1f6f8b"] + ["#b8c4cc"] * len(figures))
    axes.set_yticks(places_of, labels)
    axes.invert_yaxis()
    axes.set_xlim(0, 1.12 * max(values))
    for place, value in zip(places_of, values):
        axes.text(value, place, f" {value:,.0f}", va="center")
    for place, figure in enumerate(figures, start=1):
        if figure.against.at_least is not None:
            # How far ours has to come for this yardstick.
            wanted = figure.yardstick * figure.against.at_least
            axes.plot([wanted, wanted], [place - 0.3, place + 0.3], color="#c0392b", linewidth=2)
    # Every bar has its number.
    axes.set_xticks([])
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    unit = _UNITS.get(path.unit, path.unit)
    picture.suptitle(f"{path.title}\n{unit}, {path.better} is better; red: where ours has to be", x=0.01,
                     horizontalalignment="left", fontsize=10)
    picture.savefig(file, metadata={"Date": None, "Creator": None})
    pyplot.close(picture)
