"""Measures Comptoir against its floors and peers: ./bench.sh builds what this runs."""

import argparse
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
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    wanted = [path for path in paths.PATHS
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
    return 0


def _measure(wanted, settings, options):
    results = report.Results(settings)
    for scene_name in dict.fromkeys(path.scene for path in wanted):
        of_scene = [path for path in wanted if path.scene == scene_name]
        loads = list(dict.fromkeys(path.load for path in of_scene))
        yardsticks = list(dict.fromkeys(against.yardstick for path in of_scene
                                        for against in path.against))
        subjects = [rounds.OURS, *yardsticks]
        scene = scenes.SCENES[scene_name](settings)
        _say(f"== {scene_name}: {', '.join(loads)}; {', '.join(subjects)}")
        with scene.open(subjects, _say):
            measured = rounds.interleave(scene, loads, subjects, _say)
        results.facts.update(scene.facts)
        for path in of_scene:
            for figure in figures.figures_of(path, measured):
                results.figures.append(figure)
                if options.json:
                    print(json.dumps(figure.as_json(), ensure_ascii=False), flush=True)
    return results


def _say(text):
    print(text, file=sys.stderr, flush=True)


def _options():
    names = [path.name for path in paths.PATHS]
    parser = argparse.ArgumentParser(prog="./bench.sh")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", action="append", choices=names, metavar="NAME")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
