"""Runs the load generators. Whoever is asked, the client has the same processors and customers."""

import json

import places
import processes

SEED = 1


class Customers:
    """Hands out numbers of customers of the generator that nobody has had."""

    def __init__(self, first=0):
        self._next = first

    def take(self, count):
        first = self._next
        self._next += count
        return first


def load(kind, address, in_flight, settings, *, first, customers, is_product, channel="",
         rate=0, duration=None, warm_up=None, processor=None, one_connection=False):
    """CustomerService at an address: the product, or a floor, whose answers hold nothing. Asked by
    many clients, a connection each of up to eight, unless it is to be one."""
    # One thread of the client can't ask as much as a bare echo answers.
    threads = 2 if in_flight > 1 and processor is None and not one_connection else 1
    connections = 1 if one_connection else min(in_flight, 8)
    return _run(is_product, *processes.on(processor), places.LOAD, f"--address={address}",
                f"--threads={threads}", f"--connections={connections}", f"--channel={channel}",
                f"--rate={rate}", f"--check_every={1 if kind == 'create-batch' else 64}",
                *_flags(kind, in_flight, settings, first, customers, duration, warm_up))


def upload(address, channels, settings, *, first, customers):
    """As many channel services as channels, each uploading without end."""
    return _run(False, places.LOAD, f"--address={address}", f"--channels={channels}",
                # HQ has a long queue before it acknowledges the first of it.
                *_flags("upload", 1, settings, first, customers, settings.idle_duration, "3s"))


def in_background(log, kind, address, settings, *, channels, channel_names, first, customers, processor):
    """Kind "upload" or "create", at HQ, until it is stopped: so many channels, each over a connection of
    its own."""
    return processes.Process(
        [*processes.on(processor), places.LOAD, f"--address={address}", f"--channels={channels}",
         "--threads=1", f"--connections={channels}", f"--channel={channel_names}",
         *_flags(kind, channels, settings, first, customers, "1h", None)], log)


def postgres(kind, connection, in_flight, settings, *, first, customers, duration=None, warm_up=None):
    return _run(True, places.PEERS, "postgres", f"--connection={connection}",
                *_flags(kind, in_flight, settings, first, customers, duration, warm_up))


def peer(name, port, in_flight, settings, *, first, customers):
    """Creates in Redis or PouchDB."""
    return _run(False, places.PEERS, name, f"--port={port}",
                *_flags("", in_flight, settings, first, customers, None, None))


def rows(customers):
    """The first customers as lines of text."""
    return processes.lines(places.PEERS, "postgres-rows", f"--samples={places.SAMPLES}",
                           f"--seed={SEED}", f"--customers={customers}")


def fill(address, customers):
    """How long one who subscribes with nothing waits for all customers, if it keeps none."""
    return _run(False, places.LOAD, "--kind=fill", f"--address={address}",
                f"--samples={places.SAMPLES}", f"--customers={customers}")


def documents(first, customers):
    """The customers as JSON documents with their ids."""
    rows = processes.lines(places.PEERS, "documents", f"--samples={places.SAMPLES}", f"--seed={SEED}",
                           f"--first={first}", f"--customers={customers}")
    return map(json.loads, rows)


def account_numbers(kind, address, a_second, settings, *, first):
    """How long customers of an idle chain wait for their account numbers."""
    return _run(False, places.LOAD, f"--address={address}", f"--rate={a_second}",
                *_flags(kind, 1, settings, first, 0, settings.idle_duration, None))


def fan_out(address, settings, *, followers, channels, groups, rate, first):
    """How long changes take to all who follow HQ, or a floor."""
    return _run(False, places.LOAD, f"--address={address}", f"--followers={followers}",
                f"--channels={channels}", f"--groups={groups}", f"--rate={rate}",
                *_flags("fan-out", 1, settings, first, 0, settings.idle_duration, None))


def postgres_replicated(pair, a_second, settings, *, first):
    """How long rows take to an idle subscriber."""
    return _run(False, places.PEERS, "postgres-replicated",
                f"--connection={pair.publisher.connection}",
                f"--subscriber={pair.subscriber.connection}", f"--rate={a_second}",
                *_flags("insert", 1, settings, first, 1_000_000, settings.idle_duration, None))


def _flags(kind, in_flight, settings, first, customers, duration, warm_up):
    named = (f"--kind={kind}",) if kind else ()
    return (*named, f"--in_flight={in_flight}", f"--samples={places.SAMPLES}",
            f"--seed={SEED}", f"--first={first}", f"--customers={customers}",
            f"--warm_up={warm_up or settings.warm_up}", f"--duration={duration or settings.duration}")


def _run(has_content, *command):
    result = json.loads(processes.run(*command))
    if result["errors"] > 0:
        raise processes.BenchError(f"{result['errors']} calls failed: {result['first_error']}")
    if result["count"] == 0:
        raise processes.BenchError("no call was answered in time")
    # An answer that holds nothing is quickly given. Few may: some words with a typing error are too
    # far from what they were, and of two answers that is one.
    empty, checked = result["answers_empty"], result["answers_checked"]
    if has_content and empty > max(checked // 5, 1 if checked > 1 else 0):
        raise processes.BenchError(f"{empty} of {checked} answers are empty")
    return result
