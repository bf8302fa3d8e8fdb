"""Measures Comptoir against its floors and peers: ./bench.sh builds what this runs."""

import argparse
import itertools
import json
import signal
import sys
import time

import figures
import flame
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
    if options.flame:
        return _draw_flames(options)
    wanted = [path for path in paths.all_paths(with_more_peers=options.peers)
              if (path.name in options.only if options.only else not (options.quick and path.slow))]
    began = time.monotonic()
    results = _measure(wanted, rounds.Settings(quick=options.quick), options)
    # Half of a table in the docs would be taken for the whole.
    if not options.quick and not options.only:
        report.write_docs(results)
    _say(f"all of it took {time.monotonic() - began:,.0f} s")
    if not options.json:
        print(report.tables(results.figures))
    for failure in results.failures:
        _say(f"not measured: {failure.path.name}/{failure.against.yardstick}: {failure.why}")
    return 1 if results.failures else 0


def _draw_flames(options):
    failed = False
    for path in paths.PATHS:
        if path.name in options.flame:
            try:
                _say(flame.draw(path, rounds.Settings(quick=options.quick), _say))
            except processes.BenchError as error:
                _say(f"bench: FAILED: {error}")
                failed = True
    return 1 if failed else 0


def _measure(wanted, settings, options):
    results = report.Results(settings)
    for name, scene_class in scenes.SCENES.items():
        of_scene = [path for path in wanted if path.scene == name]
        if not of_scene:
            continue
        began = time.monotonic()
        scene = scene_class(settings, _say)
        measured, failures = _measure_scene(name, scene, _subjects_by_load(of_scene))
        results.facts.update(scene.facts)
        for path in of_scene:
            for figure in figures.figures_of(path, measured, failures):
                results.add(figure)
                if options.json:
                    print(json.dumps(figure.as_json(), ensure_ascii=False), flush=True)
        _say(f"== {name} took {time.monotonic() - began:,.0f} s")
    return results


def _measure_scene(name, scene, subjects_by_load):
    subjects = list(dict.fromkeys(itertools.chain(*subjects_by_load.values())))
    _say(f"== {name}: {', '.join(subjects_by_load)}; {', '.join(subjects)}")
    measured = {}
    failures = {}
    try:
        with scene.open(subjects):
            measured, failures = rounds.interleave(scene, subjects_by_load, _say)
    except Exception as error:  # Whatever it is, the other scenes go on.
        if not measured:
            failures = {(load, rounds.OURS): processes.text_of(error) for load in subjects_by_load}
        _say(f"{name}: {processes.text_of(error)}")
    return measured, failures


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
    parser.add_argument("--flame", action="append", choices=names, metavar="NAME")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
