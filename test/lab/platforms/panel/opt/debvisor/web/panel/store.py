"""The database of the panel, and what it is asked."""

import os

from sqlalchemy import create_engine, func, insert, select, text

from models import alerts, metrics, nodes, users


class Store:
    def __init__(self, settings):
        url = settings["database_url"]
        pool = {
            "pool_size": settings["pool_size"],
            "max_overflow": settings["max_overflow"],
            "pool_timeout": settings["pool_timeout"],
            "pool_recycle": settings["pool_recycle"],
            "pool_pre_ping": True,
        }
        # A file needs no pool: SQLAlchemy has its own idea of one for it.
        options = {} if url.startswith("sqlite") else {**pool, "connect_args": {"connect_timeout": 5}}
        self.engine = create_engine(url, **options)

    def rows(self, query):
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def ping(self):
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def user(self, name):
        """The user's row; None where there is none of that name."""
        found = self.rows(select(users).where(users.c.name == name))
        return found[0] if found else None

    def stats(self):
        latest = self.rows(select(func.max(metrics.c.taken_at).label("at")))[0]["at"]
        up = self.rows(select(func.count().label("n")).select_from(nodes).where(nodes.c.state == "up"))[0]["n"]
        load = self.rows(select(metrics.c.cpu, metrics.c.memory).order_by(metrics.c.id.desc()).limit(1))
        return {"nodes_up": up, "taken_at": str(latest), **(load[0] if load else {})}

    def alerts(self):
        found = self.rows(select(alerts).order_by(alerts.c.raised_at.desc()).limit(50))
        return [{**row, "raised_at": str(row["raised_at"])} for row in found]

    def acknowledge(self, key, name):
        with self.engine.begin() as connection:
            query = alerts.update().where(alerts.c.id == key).values(acknowledged_by=name)
            return connection.execute(query).rowcount

    def collect(self):
        """A row of metrics for the machine that this is."""
        with self.engine.begin() as connection:
            connection.execute(insert(metrics), {"node_id": 1, "cpu": os.getloadavg()[0], "memory": used_memory()})


def used_memory():
    """Percent."""
    with open("/proc/meminfo", encoding="ascii") as source:
        sizes = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in source)}
    return 100 * (1 - sizes["MemAvailable"] / sizes["MemTotal"])
