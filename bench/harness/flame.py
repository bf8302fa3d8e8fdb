"""Flame graphs: where the services of a path spend their processor time. perf takes the samples, its own
script folds them, Brendan Gregg's flamegraph.pl draws, which Debian has in libdevel-nytprof-perl."""

import os
import re
import signal
import subprocess

import places
import processes
import rounds
import scenes

_DRAW = "/usr/share/perl5/Devel/NYTProf/flamegraph.pl"
_SAMPLES_A_SECOND = 499
# A name with all its template arguments can fill a page, and nobody reads them in a picture.
_NAME_LENGTH_MAX = 100
_SERVICES = (places.HQ_SERVICE, places.CHANNEL_SERVICE)


def draw(path, settings, say):
    """Measures ours alone, twice: the first time warms up, the second is profiled. Returns the picture."""
    scene = scenes.SCENES[path.scene](settings, say)
    with processes.temp_folder() as folder, scene.open([rounds.OURS]):
        scene.measure(rounds.OURS, path.load)
        samples = os.path.join(folder, "samples")
        with _sampled(samples):
            scene.measure(rounds.OURS, path.load)
        folded = processes.run("perf", "script", "report", "stackcollapse", "--no-inline", "-i", samples)
        return _drawn(path, folded)


class _sampled:
    """While it is entered, stacks of the services that run are written to a file."""

    def __init__(self, samples):
        self._samples = samples
        self._perf = None

    def __enter__(self):
        services = _running_services()
        if not services:
            raise processes.BenchError("no service of this path can be profiled")
        # Timer ticks: virtual machines seldom have counters. Stacks by the unwinding tables that all
        # libraries have.
        self._perf = subprocess.Popen(
            ["perf", "record", "--quiet", "--event=cpu-clock:u", f"--freq={_SAMPLES_A_SECOND}",
             "--call-graph=dwarf,16384", f"--pid={','.join(services)}", f"--output={self._samples}"])
        return self

    def __exit__(self, *_):
        self._perf.send_signal(signal.SIGINT)
        self._perf.wait()


def _running_services():
    """Numbers of the processes that this one started."""
    found = []
    for number in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{number}/stat", encoding="ascii", errors="replace") as stat:
                parent = int(stat.read().rpartition(")")[2].split()[1])
            if parent == os.getpid() and os.readlink(f"/proc/{number}/exe") in _SERVICES:
                found.append(number)
        except OSError:
            pass  # It has ended.
    return found


def _with_short_names(folded):
    """Stacks as perf folds them: names with semicolons between, and how often."""
    lines = []
    for line in folded.splitlines():
        stack, _, count = line.rpartition(" ")
        names = ";".join(name[:_NAME_LENGTH_MAX] for name in stack.split(";"))
        lines.append(f"{names} {count}\n")
    return "".join(lines)


def _drawn(path, folded):
    os.makedirs(places.CHARTS, exist_ok=True)
    picture = places.flame_of(path.name)
    # Frames too narrow to be seen are left out: the picture is kept in version control.
    drawn = subprocess.run(["perl", _DRAW, "--hash", "--width=1200", "--minwidth=3",
                            f"--title={path.title}", "--countname=samples"],
                           input=_with_short_names(folded), capture_output=True, text=True, check=False)
    if drawn.returncode != 0:
        raise processes.BenchError(f"flamegraph.pl: {drawn.stderr.strip()}")
    with open(picture, "w", encoding="utf-8") as out:
        out.write(_without_script(drawn.stdout))
    return picture


def _without_script(picture):
    """A picture in a document runs none, and what stands in version control is to be ours."""
    picture = re.sub(r"<script.*?</script>\s*", "", picture, flags=re.DOTALL)
    return re.sub(r' on[a-z]+="[^"]*"', "", picture)
