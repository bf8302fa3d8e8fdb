"""The peers of --peers: etcd, Redis and PouchDB, each on a loopback port with data in a folder."""

import json
import os
import urllib.error
import urllib.request

import places
import processes

# Documents of one call when a database is filled.
_DOCUMENTS_A_CALL = 1000


class Etcd:
    """One member, which syncs its log before it acknowledges, as it comes."""

    def __init__(self, folder):
        self.address = f"127.0.0.1:{processes.free_port()}"
        peer = f"http://127.0.0.1:{processes.free_port()}"
        client = f"http://{self.address}"
        self.process = processes.Process(
            ["etcd", "--data-dir", os.path.join(folder, "etcd"), "--listen-client-urls", client,
             "--advertise-client-urls", client, "--listen-peer-urls", peer,
             "--initial-advertise-peer-urls", peer, "--initial-cluster", f"default={peer}",
             "--quota-backend-bytes", str(8 << 30)], os.path.join(folder, "etcd.log"))
        processes.wait_until("etcd answers", lambda: _answers(self.process, f"{client}/health"))

    def stop(self):
        self.process.stop()


class Redis:
    """Appends to its file and syncs it before it acknowledges (appendfsync always)."""

    def __init__(self, folder):
        self.port = processes.free_port()
        self.process = processes.Process(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", folder,
             "--appendonly", "yes", "--appendfsync", "always", "--save", ""],
            os.path.join(folder, "redis.log"))
        processes.wait_until("Redis answers", self._answers)

    def stop(self):
        self.process.stop()

    def _answers(self):
        self.process.check_running()
        return processes.accepts(self.port)


class PouchDb:
    """Behind HTTP, as express-pouchdb serves it. It acknowledges what isn't synced, and cannot do
    otherwise."""

    def __init__(self, folder, name="pouchdb"):
        self.port = processes.free_port()
        data = os.path.join(folder, name)
        os.mkdir(data)
        self.process = processes.Process(["node", places.POUCHDB_SERVER, data, str(self.port)],
                                         os.path.join(folder, f"{name}.log"))
        processes.wait_until("PouchDB answers", lambda: _answers(self.process, self._url("")))

    def create_database(self, database):
        self._call("PUT", database)

    def fill(self, database, documents):
        """Writes an iterable of documents, many a call."""
        page = []
        for document in documents:
            page.append(document)
            if len(page) == _DOCUMENTS_A_CALL:
                self._call("POST", f"{database}/_bulk_docs", {"docs": page})
                page = []
        if page:
            self._call("POST", f"{database}/_bulk_docs", {"docs": page})

    def pull(self, source, database):
        """Replicates a database of another one into its own; returns how many documents came."""
        done = self._call("POST", "_replicate", {"source": source._url(database), "target": database})
        return done["docs_written"]

    def stop(self):
        self.process.stop()

    def _url(self, path):
        return f"http://127.0.0.1:{self.port}/{path}"

    def _call(self, method, path, body=None):
        request = urllib.request.Request(
            self._url(path), method=method, headers={"Content-Type": "application/json"},
            data=None if body is None else json.dumps(body).encode())
        try:
            with urllib.request.urlopen(request) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise processes.BenchError(f"PouchDB: {error}: {error.read()[:200]}") from error


def _answers(process, url):
    process.check_running()
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except OSError:
        return False
