"""What the product is measured against: floors and peers, as processes."""

import contextlib
import os
import pwd
import signal

import loads
import places
import processes


class Floor:
    """A server of bench/floors: `kind` with its flags."""

    def __init__(self, folder, name, kind, *flags):
        socket = os.path.join(folder, f"{name}.sock")
        self.process, self.address = processes.start_with_port(
            [places.FLOORS, kind, "--listen=127.0.0.1:0", f"--listen_unix={socket}", *flags],
            folder, name)
        self.unix_address = f"unix:{socket}"

    def stop(self):
        self.process.stop()


class Postgres:
    """A PostgreSQL of its own, as durable as it comes (fsync and synchronous_commit on), on a loopback
    port and a Unix socket, with the tables in database DATABASE. Settings that a team would change for
    such a load are changed: more memory, fewer checkpoints, and the log that logical replication
    needs."""

    SETTINGS = {
        "shared_buffers": "1GB",
        "maintenance_work_mem": "512MB",
        "max_wal_size": "4GB",
        "max_connections": "200",
        "wal_level": "logical",
        # One wrong letter of a short name leaves less than half of its trigrams.
        "pg_trgm.word_similarity_threshold": "0.4",
    }

    # As bench/peers prints rows.
    _COPIED = ("id, given_name, family_name, title, birth_date, email, phone, phone_digits, street, city,"
               " state, postal_code, country, account_number")

    DATABASE = "postgres"

    def __init__(self, folder, name="postgres"):
        self._folder = os.path.join(folder, name)
        self._user = processes.unprivileged_user()
        os.mkdir(self._folder)
        if self._user:
            os.chown(self._folder, *_ids_of(self._user))
        self._data = os.path.join(self._folder, "data")
        self._port = processes.free_port()
        processes.run(_program("initdb"), "-D", self._data, "-A", "trust", "-U", "postgres", "-E", "UTF8",
                      "--no-locale", user=self._user)
        settings = [f"--{setting}={value}" for setting, value in self.SETTINGS.items()]
        self.process = processes.Process(
            [_program("postgres"), "-D", self._data, "-h", "127.0.0.1", "-p", str(self._port),
             "-k", self._folder, *settings], os.path.join(folder, f"{name}.log"), user=self._user)
        processes.wait_until("PostgreSQL answers", self._answers)
        self._run_file("postgres_tables.sql", self.DATABASE)

    @property
    def connection(self):
        return self.connection_to(self.DATABASE)

    def connection_to(self, database, *, by_socket=False):
        host = self._folder if by_socket else "127.0.0.1"
        return f"host={host} port={self._port} user=postgres dbname={database}"

    def psql(self, *arguments, database=DATABASE):
        return processes.run(_program("psql"), "-d", self.connection_to(database), "-v",
                             "ON_ERROR_STOP=1", "-qAt", *arguments)

    def create_database(self, database):
        """With tables of its own."""
        self.psql("-c", f'CREATE DATABASE "{database}"')
        self._run_file("postgres_tables.sql", database)

    def copy_customers(self, customers):
        """Those of the generator from 0 on, each with its account number."""
        processes.pipe(
            [places.PEERS, "postgres-rows", f"--samples={places.SAMPLES}", f"--seed={loads.SEED}",
             f"--customers={customers}"],
            [_program("psql"), "-d", self.connection, "-v", "ON_ERROR_STOP=1", "-q", "-c",
             f"COPY customer ({self._COPIED}) FROM STDIN"])

    def create_indexes(self, database=DATABASE):
        self._run_file("postgres_indexes.sql", database)

    def create_trigrams(self, database=DATABASE):
        self._run_file("postgres_trigrams.sql", database)

    def _run_file(self, name, database):
        self.psql("-f", os.path.join(places.POSTGRES_SQL, name), database=database)

    def stop(self):
        # Fast shutdown: connections are ended.
        self.process.stop(signal.SIGINT)

    def _answers(self):
        self.process.check_running()
        try:
            processes.run(_program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self._port))
        except processes.BenchError:
            return False
        return True


class ReplicatedPostgres:
    """Two of them: rows of plain_customer, which has a primary key alone, go from one to the other.
    Nothing is converted. The subscriber doesn't wait for its disk unless it is to, as PostgreSQL's
    default has it."""

    def __init__(self, publisher, subscriber, synced):
        self.publisher = publisher
        self.subscriber = subscriber
        publisher.psql("-c", "CREATE PUBLICATION created FOR TABLE plain_customer")
        subscriber.psql("-c", f"CREATE SUBSCRIPTION created CONNECTION '{publisher.connection}' "
                        f"PUBLICATION created WITH (synchronous_commit = {'on' if synced else 'off'})")

    def disconnect(self):
        self.subscriber.psql("-c", "ALTER SUBSCRIPTION created DISABLE")

    def connect(self):
        self.subscriber.psql("-c", "ALTER SUBSCRIPTION created ENABLE")

    def rows_at_publisher(self):
        return self.publisher.psql("-c", self._COUNT)

    def rows_at_subscriber(self):
        return self.subscriber.psql("-c", self._COUNT)

    _COUNT = "SELECT count(*) FROM plain_customer"


@contextlib.contextmanager
def replicated_postgres(folder, *, synced=False):
    with contextlib.ExitStack() as stack:
        servers = []
        for name in ("publisher", "subscriber"):
            servers.append(Postgres(folder, name))
            stack.callback(servers[-1].stop)
        yield ReplicatedPostgres(*servers, synced)


def _ids_of(user):
    entry = pwd.getpwnam(user)
    return entry.pw_uid, entry.pw_gid


def _program(name):
    return os.path.join(places.POSTGRES_BIN, name)
