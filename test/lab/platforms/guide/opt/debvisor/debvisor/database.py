"""A pool of PostgreSQL connections, and the queries of the API."""

import contextlib
import threading

import psycopg2

from .settings import database_password

POOL_WAIT = 5


class PoolTimeout(Exception):
    pass


class Database:
    def __init__(self, settings):
        self.settings = settings
        self.size = settings["database"]["pool_size"]
        self.free = threading.Semaphore(self.size)
        self.idle = []

    def _connect(self):
        wanted = self.settings["database"]
        connection = psycopg2.connect(
            host=wanted["host"],
            port=wanted["port"],
            dbname=wanted["name"],
            user=wanted["user"],
            password=database_password(self.settings),
            connect_timeout=wanted["connect_timeout"],
            sslmode=wanted.get("sslmode", "prefer"),
            application_name="debvisor",
        )
        connection.autocommit = True
        return connection

    @contextlib.contextmanager
    def cursor(self):
        """Raises psycopg2.Error, or PoolTimeout where all connections are busy for 5 s."""
        if not self.free.acquire(timeout=POOL_WAIT):
            raise PoolTimeout(f"pool limit of size {self.size} reached, connection timed out, timeout {POOL_WAIT}.00")
        try:
            connection = self.idle.pop() if self.idle else self._connect()
            try:
                with connection.cursor() as cursor:
                    yield cursor
            except psycopg2.Error:
                connection.close()
                raise
            self.idle.append(connection)
        finally:
            self.free.release()

    def ping(self):
        with self.cursor() as cursor:
            cursor.execute("SELECT 1")

    def hosts(self):
        with self.cursor() as cursor:
            cursor.execute("SELECT id, name, state FROM hosts ORDER BY name")
            return [{"id": key, "name": name, "state": state} for key, name, state in cursor.fetchall()]

    def metrics(self, host):
        with self.cursor() as cursor:
            cursor.execute(
                "SELECT taken_at::text, cpu, memory FROM metrics WHERE host_id = %s ORDER BY taken_at DESC LIMIT 60",
                (host,),
            )
            return [{"at": at, "cpu": cpu, "memory": memory} for at, cpu, memory in cursor.fetchall()]

    def touch(self, host):
        with self.cursor() as cursor:
            cursor.execute("UPDATE hosts SET seen_at = now() WHERE id = %s RETURNING seen_at::text", (host,))
            return {"seen_at": cursor.fetchone()[0]}

    def collect(self, cpu, memory):
        with self.cursor() as cursor:
            cursor.execute(
                "INSERT INTO metrics (host_id, cpu, memory) SELECT id, %s, %s FROM hosts", (cpu, memory)
            )
