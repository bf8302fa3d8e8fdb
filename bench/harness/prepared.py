"""HQ and a store with many customers. To make them takes minutes, so they are kept in the build folder
for as long as the programs, the sample and the chain stay the same."""

import hashlib
import os
import shutil

import loads
import places
import processes
import product

# Calls of 256 creates each.
_IN_FLIGHT = 4


def hq(folder, customers, settings, say):
    """An HQ, started and with all words in memory, with so many customers of the channel that creates
    without asking it."""
    kept = _kept(customers, "hq")
    service = product.Hq(folder, with_metrics=True)
    if os.path.exists(kept):
        shutil.copytree(kept, service.data)
        return _searchable(service)
    say(f"HQ gets {customers:,} customers")
    service.start()
    service.apply_chain()
    loads.load("create-batch", service.address, _IN_FLIGHT, settings, first=0, customers=customers,
               is_product=True, channel=product.ASYNCHRONOUS, warm_up="0s", duration="1h")
    service.stop()
    _keep(service.data, kept)
    return _searchable(service)


def store(folder, customers, settings, say):
    """A store, started and ready to be searched, that holds all customers of such an HQ, which is
    away."""
    if not os.path.exists(_kept(customers, "store")):
        service = hq(folder, customers, settings, say)
        say(f"a store takes {customers:,} customers from HQ")
        filled = product.ChannelService(folder, product.ASYNCHRONOUS, service,
                                        with_metrics=True).start()
        filled.wait_until_filled(customers)
        keep_store(filled, customers)
        service.stop()
        return _searchable(filled)
    service = product.Hq(folder)
    service.address = f"127.0.0.1:{processes.free_port()}"  # nobody's
    known = product.ChannelService(folder, product.ASYNCHRONOUS, service, with_metrics=True)
    shutil.copytree(_kept(customers, "store"), known.data)
    return _searchable(known)


def _searchable(service):
    service.start()
    try:
        service.wait_until_searchable()
    except BaseException:
        service.stop()
        raise
    return service


def keep_store(filled, customers):
    """Stops a store that has taken all customers of such an HQ, and keeps what it holds: as it is a
    minute later, once it has merged its files. With metrics only."""
    filled.comptoir("offline")
    filled.wait_until_tidy()
    filled.stop()
    kept = _kept(customers, "store")
    if not os.path.exists(kept):
        _keep(filled.data, kept)


def _kept(customers, what):
    return os.path.join(places.BUILD, "bench-data", f"{what}-{customers}-{_fingerprint()}")


def _keep(data, kept):
    """Only the newest: they are large."""
    os.makedirs(os.path.dirname(kept), exist_ok=True)
    prefix = os.path.basename(kept).rpartition("-")[0] + "-"
    for name in os.listdir(os.path.dirname(kept)):
        if name.startswith(prefix):
            shutil.rmtree(os.path.join(os.path.dirname(kept), name))
    # Complete or not there.
    shutil.copytree(data, f"{kept}.part")
    os.rename(f"{kept}.part", kept)


def _fingerprint():
    """Of what makes them what they are."""
    digest = hashlib.sha256()
    for file in (places.HQ_SERVICE, places.CHANNEL_SERVICE, places.CHAIN):
        with open(file, "rb") as content:
            digest.update(hashlib.file_digest(content, "sha256").digest())
    # The first customers tell the generator, its seed and the sample.
    for row in loads.rows(1000):
        digest.update(row.encode())
    return digest.hexdigest()[:16]
