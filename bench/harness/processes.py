"""Real processes, in temporary folders, that end with whoever started them."""

import contextlib
import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request

_PR_SET_PDEATHSIG = 1
_STOP_SECONDS_MAX = 60


# Nothing that is waited for takes longer, however slow the machine.
_RUN_SECONDS_MAX = 1800


class BenchError(Exception):
    """Something that makes the figures impossible: said to whoever runs the benchmark."""


def text_of(error):
    """Why something couldn't be measured."""
    return str(error) if isinstance(error, BenchError) else f"{type(error).__name__}: {error}"


def _die_with_parent():
    # Also when the harness is killed: a bench that was aborted leaves nothing behind.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


@contextlib.contextmanager
def temp_folder(parent=None):
    """A folder, on the disk that is measured if not elsewhere; removed at the end."""
    folder = tempfile.mkdtemp(prefix="comptoir-bench.", dir=parent)
    os.chmod(folder, 0o755)  # PostgreSQL runs as another user.
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def unprivileged_user():
    """Who PostgreSQL runs as: it refuses root. None: as we do."""
    if os.geteuid() != 0:
        return None
    pwd.getpwnam("postgres")
    return "postgres"


def run(*command, user=None):
    """Runs a command to its end and returns what it printed."""
    done = subprocess.run(command, capture_output=True, text=True, user=user, check=False,
                          preexec_fn=_die_with_parent, timeout=_RUN_SECONDS_MAX)
    if done.returncode != 0:
        raise BenchError(f"{' '.join(command)}: exit {done.returncode}\n{done.stderr.strip()}")
    return done.stdout


def pipe(source, sink):
    """Runs two commands, the output of the first into the second."""
    with subprocess.Popen(source, stdout=subprocess.PIPE, preexec_fn=_die_with_parent) as first:
        done = subprocess.run(sink, stdin=first.stdout, capture_output=True, text=True, check=False,
                              preexec_fn=_die_with_parent)
        first.stdout.close()
        if first.wait() != 0 or done.returncode != 0:
            raise BenchError(f"{' '.join(source)} | {' '.join(sink)}: {done.stderr.strip()}")


def lines(*command):
    """Runs a command and gives its output, line by line."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True,
                          preexec_fn=_die_with_parent) as source:
        yield from source.stdout
    if source.returncode != 0:
        raise BenchError(f"{' '.join(command)}: exit {source.returncode}")


def wait_until(what, condition, *, seconds_max=60, poll_seconds=0.02):
    end = time.monotonic() + seconds_max
    while not condition():
        if time.monotonic() > end:
            raise BenchError(f"{what}: not within {seconds_max} s")
        time.sleep(poll_seconds)


def on(processor):
    """Begins a command that is to use this one alone; None: any."""
    return [] if processor is None else ["taskset", "--cpu-list", str(processor)]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def accepts(port):
    """Whether somebody listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Process:
    """A server. Its output goes to `log`."""

    def __init__(self, command, log, user=None, environment=None):
        self._log = log
        with open(log, "ab") as output:
            self._process = subprocess.Popen(
                command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, user=user,
                env={**os.environ, **(environment or {})}, preexec_fn=_die_with_parent)

    def check_running(self):
        if self._process.poll() is not None:
            with open(self._log, encoding="utf-8", errors="replace") as log:
                raise BenchError(f"{self._process.args[0]} ended:\n{log.read()[-2000:]}")

    def stop(self, with_signal=signal.SIGTERM):
        if self._process.poll() is None:
            self._process.send_signal(with_signal)
            try:
                self._process.wait(_STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._process.wait()

    def cpu_seconds(self):
        """Processor time so far, of it alone."""
        with open(f"/proc/{self._process.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_bytes(self):
        """What it holds of the machine's memory, and held at most."""
        held = {}
        with open(f"/proc/{self._process.pid}/status", encoding="ascii") as status:
            for line in status:
                name, _, value = line.partition(":")
                if name in ("VmRSS", "VmHWM"):
                    held[name] = int(value.split()[0]) * 1024
        return held["VmRSS"], held["VmHWM"]


def start_with_port(command, folder, name, environment=None):
    """Starts a server of ours in a folder, waits until it answers, returns it with its address."""
    port_file = _port_file(folder, name)
    with contextlib.suppress(FileNotFoundError):
        os.remove(port_file)
    process = Process(command + [f"--port_file={port_file}"], os.path.join(folder, f"{name}.log"),
                      environment=environment)

    def answers():
        process.check_running()
        return os.path.exists(port_file) and os.path.getsize(port_file) > 0

    wait_until(f"{name} answers", answers)
    return process, _addresses(folder, name)[0]


def metrics_of(folder, name):
    """The metrics of such a server, if it was told to answer them: values by name and labels."""
    with urllib.request.urlopen(f"http://{_addresses(folder, name)[1]}/metrics") as answer:
        text = answer.read().decode()
    samples = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {sample: float(value) for sample, _, value in samples}


def _port_file(folder, name):
    return os.path.join(folder, f"{name}.port")


def _addresses(folder, name):
    with open(_port_file(folder, name), encoding="ascii") as ports:
        return [f"127.0.0.1:{line.strip()}" for line in ports]
