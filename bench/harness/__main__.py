"""Measures Comptoir against its floors and peers: ./bench.sh builds what this runs."""

import argparse
import itertools
import json
import signal
import sys
import time

import figures
import paths
import processes
import report
import rounds
import scenes


def main():
    options = _options()
    if options.list:
        for path in paths.PATHS:
            print(f"{path.name:18} {path.title}")
        return 0
    # So that what was started is stopped.
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: sys.exit(1))
    wanted = [path for path in paths.all_paths(with_more_peers=options.peers)
              if (path.name in options.only if options.only else not (options.quick and path.slow))]
    began = time.monotonic()
    try:
        results = _measure(wanted, rounds.Settings(quick=options.quick), options)
    except processes.BenchError as error:
        print(f"bench: FAILED: {error}", file=sys.stderr)
        return 1
    # Half of a table in the docs would be taken for the whole.
    if not options.quick and not options.only:
        report.write_docs(results)
    _say(f"all of it took {time.monotonic() - began:,.0f} s")
    if not options.json:
        print(report.table(results.figures))
    for path, failure in results.failures:
        _say(f"not measured: {path.name}: {failure}")
    return 1 if results.failures else 0


def _measure(wanted, settings, options):
    results = report.Results(settings)
    for scene_name in dict.fromkeys(path.scene for path in wanted):
        of_scene = [path for path in wanted if path.scene == scene_name]
        subjects_by_load = _subjects_by_load(of_scene)
        subjects = list(dict.fromkeys(itertools.chain(*subjects_by_load.values())))
        scene = scenes.SCENES[scene_name](settings)
        _say(f"== {scene_name}: {', '.join(subjects_by_load)}; {', '.join(subjects)}")
        with scene.open(subjects, _say):
            measured, failures = rounds.interleave(scene, subjects_by_load, _say)
        results.facts.update(scene.facts)
        for path in of_scene:
            if path.load in failures:
                results.failures.append((path, failures[path.load]))
                if options.json:
                    print(json.dumps(figures.failure_as_json(path, failures[path.load])), flush=True)
                continue
            for figure in figures.figures_of(path, measured):
                results.figures.append(figure)
                if options.json:
                    print(json.dumps(figure.as_json(), ensure_ascii=False), flush=True)
    return results


def _subjects_by_load(paths_of_scene):
    """Ours and the yardsticks with which it is compared under that load."""
    subjects = {}
    for path in paths_of_scene:
        of_load = subjects.setdefault(path.load, [rounds.OURS])
        of_load += [against.yardstick for against in path.against
                    if against.value is None and against.yardstick not in of_load]
    return subjects


def _say(text):
    print(text, file=sys.stderr, flush=True)


def _options():
    names = [path.name for path in paths.PATHS]
    parser = argparse.ArgumentParser(prog="./bench.sh")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", action="append", choices=names, metavar="NAME")
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
