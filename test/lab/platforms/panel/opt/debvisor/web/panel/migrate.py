"""migrate.py NAME PASSWORD: makes the tables of the database that DATABASE_URL means, and its first user."""

import os
import sys

from sqlalchemy import create_engine, insert
from werkzeug.security import generate_password_hash

from models import HEAD, alerts, metadata, metrics, nodes, users, version


def main(words):
    name, password = words
    engine = create_engine(os.environ["DATABASE_URL"])
    with engine.begin() as connection:
        metadata.create_all(connection)
        connection.execute(insert(version), {"version_num": HEAD})
        hashed = generate_password_hash(password, "pbkdf2:sha256:20000")
        connection.execute(insert(users), {"name": name, "password_hash": hashed, "role": "admin"})
        connection.execute(insert(nodes), [{"id": n, "name": f"node{n}"} for n in range(1, 9)])
        samples = [{"node_id": 1 + n % 8, "cpu": n % 90, "memory": n % 70} for n in range(2000)]
        connection.execute(insert(metrics), samples)
        connection.execute(insert(alerts), {"severity": "warning", "title": "node3: memory above 90 %"})
    return 0


sys.exit(main(sys.argv[1:]))
