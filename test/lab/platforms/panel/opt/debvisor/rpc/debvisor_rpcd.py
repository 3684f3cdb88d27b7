"""The RPC daemon: lines of JSON over TLS. It asks each client for a certificate of the platform's own authority."""

import json
import logging
import os
import socketserver
import ssl
import sys
import threading
import time

CONFIG = os.environ.get("RPC_CONFIG_FILE", "/etc/debvisor/rpc/config.json")
LINE = 65536
log = logging.getLogger("rpcd")


class ConfigurationError(Exception):
    pass


def load(file):
    try:
        with open(file, encoding="utf-8") as source:
            config = json.load(source)
    except OSError as error:
        raise ConfigurationError(f"{file}: {error.strerror}") from error
    except ValueError as error:
        raise ConfigurationError(f"Invalid JSON in {file}: {error}") from error
    for name in ("host", "port", "tls_cert_file", "tls_key_file", "tls_ca_file", "state_dir"):
        if name not in config:
            raise ConfigurationError(f"{file}: '{name}' is missing")
    for name in ("tls_cert_file", "tls_key_file", "tls_ca_file"):
        if not os.path.exists(config[name]):
            raise ConfigurationError(f"TLS certificate file not found: {config[name]}")
    return config


def tls(config):
    certificate, key, authority = (config[name] for name in ("tls_cert_file", "tls_key_file", "tls_ca_file"))
    try:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=authority)
        context.load_cert_chain(certificate, key)
    except OSError as error:
        raise ConfigurationError(f"cannot load {certificate} with {key}: {error}") from error
    context.verify_mode = ssl.CERT_REQUIRED
    return context


class Limit:
    """So many calls a minute."""

    def __init__(self, calls):
        self.calls = calls
        self.recent = []
        self.lock = threading.Lock()

    def admits(self):
        with self.lock:
            now = time.monotonic()
            self.recent = [at for at in self.recent if at > now - 60]
            if len(self.recent) >= self.calls:
                return False
            self.recent.append(now)
            return True


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, config, context):
        self.config = config
        self.context = context
        self.limit = Limit(config.get("calls_per_minute", 1200))
        super().__init__((config["host"], config["port"]), Call)


class Call(socketserver.BaseRequestHandler):
    def handle(self):
        peer = self.client_address[0]
        self.request.settimeout(10)
        try:
            with self.server.context.wrap_socket(self.request, server_side=True) as channel:
                line = channel.makefile("rb").readline(LINE)
                channel.sendall(json.dumps(self.answer(line, peer)).encode() + b"\n")
        except ssl.SSLError as error:
            log.error("TLS handshake with %s failed: %s", peer, error)
        except OSError as error:
            log.warning("connection of %s ended: %s", peer, error)

    def answer(self, line, peer):
        if not self.server.limit.admits():
            log.warning("rate limit exceeded for %s", peer)
            return {"error": "RESOURCE_EXHAUSTED", "message": "rate limit exceeded"}
        try:
            method = json.loads(line)["method"]
            return {"result": METHODS[method](self.server.config)}
        except (KeyError, TypeError, ValueError):
            return {"error": "INVALID_ARGUMENT", "message": "no such method"}
        except OSError as error:
            log.exception("call of %s failed", peer)
            return {"error": "INTERNAL", "message": str(error)}


def list_nodes(config):
    with open(os.path.join(config["state_dir"], "nodes.json"), encoding="utf-8") as source:
        return json.load(source)


METHODS = {"nodes.list": list_nodes, "ping": lambda _: "pong"}


def main():
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    try:
        config = load(CONFIG)
        server = Server(config, tls(config))
    except ConfigurationError as problem:
        log.error("%s", problem)
        return 1
    except OSError as problem:
        log.error("cannot listen: %s", problem)
        return 1
    log.info("RPC service listening on %s:%s (mTLS)", config["host"], config["port"])
    server.serve_forever()
    return 0


sys.exit(main())
