"""The platform's HTTP server: dashboard, API, Socket.IO; and the collector that feeds them."""

import argparse
import json
import logging
import os
import signal
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from .database import Database
from .realtime import Realtime
from .settings import DEFAULT_FILE, BadConfig, load

log = logging.getLogger("debvisor")
WEB = "/opt/debvisor/web"
COLLECT_EVERY = 5


def main(words):
    options = argparse.ArgumentParser(prog="debvisor-server")
    options.add_argument("--config", default=DEFAULT_FILE)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    try:
        settings = load(options.parse_args(words).config)
    except BadConfig as problem:
        log.critical("configuration error: %s", problem)
        return 1
    try:
        log_errors(settings["paths"]["error_log"])
        claim(settings["paths"]["data"])
        server = Server(settings)
    except OSError as problem:
        log.critical("cannot start: %s", problem)
        return 1
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    threading.Thread(target=server.collect, daemon=True).start()
    log.info("listening on %s:%s", *server.server_address)
    notify("READY=1")
    server.serve_forever()
    log.info("stopped")
    return 0


def log_errors(file):
    handler = logging.FileHandler(file)
    handler.setLevel(logging.WARNING)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)


def claim(data):
    """Proves that the data directory can be written."""
    with open(os.path.join(data, "debvisor.lock"), "w") as lock:
        lock.write(f"{os.getpid()}\n")


def notify(state):
    path = os.environ.get("NOTIFY_SOCKET")
    if path:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.sendto(state.encode(), "\0" + path[1:] if path.startswith("@") else path)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, settings):
        self.settings = settings
        self.database = Database(settings)
        self.realtime = Realtime(settings)
        self.stopping = threading.Event()
        address = (settings["server"]["host"], settings["server"]["port"])
        try:
            super().__init__(address, Request)
        except OSError as error:
            raise OSError(error.errno, f"cannot listen on {address[0]}:{address[1]}: {error.strerror}") from error

    def collect(self):
        """Every 5 s: a row of metrics for each host, a snapshot file, an event for the dashboards."""
        while not self.stopping.wait(COLLECT_EVERY):
            load1 = os.getloadavg()[0]
            try:
                self.database.collect(load1, 0)
                self.snapshot({"load1": load1})
                self.realtime.emit("metrics", {"load1": load1})
            except Exception:
                logging.getLogger("debvisor.collector").exception("no metrics collected")

    def snapshot(self, data):
        file = os.path.join(self.settings["paths"]["data"], "snapshot.json")
        with open(file + ".new", "w") as out:
            out.write(json.dumps(data) + " " * 4096)
        os.replace(file + ".new", file)


class Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "DebVisor/2.4.1"
    sys_version = ""

    def do_GET(self):
        url = urlsplit(self.path)
        if url.path == "/socket.io/socket.io.js":
            return self.file("socket.io.js", "application/javascript")
        if url.path.startswith(self.server.settings["realtime"]["path"]):
            return self.server.realtime.handle(self)
        if url.path == "/":
            return self.file("index.html", "text/html; charset=UTF-8")
        return self.api(url)

    do_POST = do_GET

    def api(self, url):
        database = self.server.database
        host = int(parse_qs(url.query).get("host", ["1"])[0])
        routes = {
            "/health": lambda: database.ping() or {"status": "ok"},
            "/api/health": lambda: database.ping() or {"status": "ok"},
            "/api/v1/health": lambda: database.ping() or {"status": "ok"},
            "/api/v1/hosts": database.hosts,
            "/api/v1/metrics": lambda: database.metrics(host),
            "/api/v1/touch": lambda: database.touch(host),
        }
        route = routes.get(url.path)
        if route is None:
            return self.answer(404, json.dumps({"error": "Not Found"}), "application/json")
        try:
            body = route()
        except Exception:
            logging.getLogger("debvisor.api").exception("%s %s failed", self.command, url.path)
            return self.answer(500, json.dumps({"error": "Internal Server Error"}), "application/json")
        return self.answer(200, json.dumps(body), "application/json")

    def file(self, name, kind):
        try:
            with open(os.path.join(WEB, name), encoding="utf-8") as source:
                text = source.read()
        except OSError:
            logging.getLogger("debvisor.web").exception("GET %s failed", self.path)
            return self.answer(500, "Internal Server Error", "text/plain")
        return self.answer(200, text, kind)

    def answer(self, status, text, kind):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, template, *values):
        if len(values) > 1 and str(values[1]) >= "500":
            logging.getLogger("debvisor.access").info(template, *values)
