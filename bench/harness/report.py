"""What was measured, as tables and in docs/benchmarks.md."""

import os
import platform
import re
import shutil
import subprocess

import charts
import figures
import paths
import places
import yardsticks

_BEGIN = "<!-- bench -->\n"
_END = "<!-- end of bench -->\n"


class Results:
    def __init__(self, settings):
        self.settings = settings
        self.figures = []
        # Figures that there aren't, each with why.
        self.failures = []
        # What is worth knowing beside the figures.
        self.facts = {}
        self.load_before = os.getloadavg()[0]


    def add(self, figure):
        """A figure or a failure."""
        (self.failures if isinstance(figure, figures.Failure) else self.figures).append(figure)


def tables(found):
    """All of it in Markdown: the paths, how their cost grows, where an aim is missed."""
    found = _in_order(found)
    return "\n".join((_main_table([one for one in found if not _is_growth(one)]),
                      _growth_table([one for one in found if _is_growth(one)]),
                      _missed_table([one for one in found if one.reaches(one.against.aim) is False])))


def _in_order(found):
    order = [path.name for path in paths.PATHS]
    return sorted(found, key=lambda figure: order.index(figure.path.name))


def _is_growth(figure):
    return figure.against.yardstick in paths.GROWTH


def _main_table(found):
    """One row a figure, in the order of the paths."""
    rows = ["| path | ours | yardstick | | ratio: median (low–high) | at least | aim | |",
            "|---|--:|---|--:|--:|--:|--:|---|"]
    last = None
    for figure in found:
        path, against = figure.path, figure.against
        new = path is not last
        last = path
        rows.append("| " + " | ".join((
            path.title if new else "",
            number(figure.ours, path.unit) if new else "",
            paths.yardstick_of(against.yardstick),
            number(figure.yardstick, path.unit),
            f"{figure.ratio.median:.2f} ({figure.ratio.low:.2f}–{figure.ratio.high:.2f})",
            _wanted(path, against.at_least),
            _wanted(path, against.aim),
            _verdict(figure))) + " |")
    return "\n".join(rows) + "\n"


def _growth_table(found):
    """What ten times as much of something costs: 1 is nothing, 10 is in proportion."""
    rows = ["| with ten times as many | path | ours | with a tenth | cost of one: median (low–high) |",
            "|---|---|--:|--:|--:|"]
    for figure in found:
        path, ratio = figure.path, figure.ratio
        cost = (ratio.median, ratio.low, ratio.high)
        if path.better == paths.HIGHER:
            cost = (1 / ratio.median, 1 / ratio.high, 1 / ratio.low)
        rows.append(f"| {paths.GROWTH[figure.against.yardstick]} | {path.title} "
                    f"| {number(figure.ours, path.unit)} | {number(figure.yardstick, path.unit)} "
                    f"| {cost[0]:.2f} ({cost[1]:.2f}–{cost[2]:.2f}) |")
    return "How the cost grows:\n\n" + "\n".join(rows) + "\n" if found else ""


def _missed_table(found):
    """How far from their aims they are; the profile of each path that has one."""
    rows = ["| aim missed | yardstick | ratio | at least | aim | to be | profile |",
            "|---|---|--:|--:|--:|---|---|"]
    for figure in found:
        path, against, median = figure.path, figure.against, figure.ratio.median
        wants_more = path.better == paths.HIGHER
        far = against.aim / median if wants_more else median / against.aim
        profile = places.flame_of(path.name)
        shown = (f"[flame graph]({os.path.relpath(profile, os.path.dirname(places.DOCS))})"
                 if os.path.exists(profile) else "")
        rows.append("| " + " | ".join((
            path.title, paths.yardstick_of(against.yardstick), f"{median:.2f}",
            _wanted(path, against.at_least), _wanted(path, against.aim),
            f"{far:.2f} times {'as fast' if path.unit == '/s' else 'less'}", shown)) + " |")
    return "Where an aim is missed, and how far:\n\n" + "\n".join(rows) + "\n" if found else ""


def number(value, unit):
    digits = 0 if value >= 100 else 2
    return f"{value:,.{digits}f} {unit}".replace(" /s", "/s")


def write_docs(results):
    """Replaces what stands between the marks, and draws the charts."""
    with open(places.DOCS, encoding="utf-8") as docs:
        text = docs.read()
    begin, end = text.index(_BEGIN) + len(_BEGIN), text.index(_END)
    pictures = charts.draw_all(results.figures)
    # A picture a paragraph.
    shown = "\n\n".join(f"![{path.title}]({picture})" for path, picture in pictures)
    missing = "".join(f"Not measured: {one.path.title}, {paths.yardstick_of(one.against.yardstick)}.\n\n"
                      for one in results.failures)
    with open(places.DOCS, "w", encoding="utf-8") as docs:
        docs.write(text[:begin] + f"{_conditions(results)}\n\n{tables(results.figures)}\n{missing}{shown}\n"
                   + text[end:])


def _conditions(results):
    """Where and with what it was measured."""
    settings = results.settings
    facts = [f"{name}: {value:,.0f}" for name, value in results.facts.items()]
    postgres = ", ".join(f"{name} {value}" for name, value in yardsticks.Postgres.SETTINGS.items())
    return "\n\n".join([
        f"Measured with {_versions()}; {os.cpu_count()} processors of {_processor()}, "
        f"{_memory_gib():.0f} GiB, {_file_system()}. Load of the machine when it began: "
        f"{results.load_before:.1f}.",
        f"PostgreSQL's settings other than its defaults: {postgres}.",
        f"{settings.rounds} rounds a figure, {settings.long_rounds} of what takes long; "
        f"{settings.duration} each after {settings.warm_up}, {settings.read_duration} of reads. " + "; ".join(facts) + "."])


def _versions():
    def first(*command):
        if shutil.which(command[0]) is None:
            return ""
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()

    def package(name):
        return first("dpkg-query", "--show", "--showformat=${Version}", name)

    commit = first("git", "-C", places.ROOT, "rev-parse", "--short", "HEAD")
    return (f"Comptoir {commit}, gRPC {package('libgrpc++-dev')}, RocksDB {package('librocksdb-dev')}, "
            f"PostgreSQL {package('postgresql-15')}, g++ {package('g++-12')}, "
            f"Linux {platform.release()}")


def _processor():
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        found = re.search(r"^model name\s*: (.*)$", info.read(), re.MULTILINE)
    return found.group(1).strip() if found else platform.machine()


def _memory_gib():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _file_system():
    folder = os.environ.get("TMPDIR", "/tmp")
    found = subprocess.run(["stat", "--file-system", "--format=%T", folder], capture_output=True,
                           text=True, check=False).stdout.strip()
    return f"data on {found}"


def _wanted(path, value):
    if value is None:
        return ""
    return f"{'≥' if path.better == paths.HIGHER else '≤'} {value:g}"


def _verdict(figure):
    if figure.against.at_least is None:
        return ""
    if figure.reaches(figure.against.aim):
        return "aim reached"
    return "reached" if figure.reaches(figure.against.at_least) else "**missed**"
