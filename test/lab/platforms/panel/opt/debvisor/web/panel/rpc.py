"""Calls of the RPC daemon: a line of JSON there and back, over TLS in which both sides show a certificate."""

import json
import logging
import socket
import ssl

log = logging.getLogger("panel.rpc")
TIMEOUT = 5


class RpcError(Exception):
    """`status` is one of UNAVAILABLE, UNAUTHENTICATED, RESOURCE_EXHAUSTED, INTERNAL."""

    def __init__(self, status, message):
        super().__init__(f"{status}: {message}")
        self.status = status


class RpcClient:
    def __init__(self, settings):
        self.address = (settings["rpc_host"], settings["rpc_port"])
        self.files = (settings["rpc_ca_cert"], settings["rpc_client_cert"], settings["rpc_client_key"])

    def context(self):
        authority, certificate, key = self.files
        context = ssl.create_default_context(cafile=authority)
        context.load_cert_chain(certificate, key)
        return context

    def call(self, method):
        """What the daemon answers. Raises RpcError."""
        try:
            answer = json.loads(self.exchange({"method": method}))
        except ssl.SSLError as error:
            raise RpcError("UNAUTHENTICATED", f"handshake with {self.address[0]}:{self.address[1]}: {error}") from error
        except (OSError, ValueError) as error:
            raise RpcError("UNAVAILABLE", f"{self.address[0]}:{self.address[1]}: {error}") from error
        if "error" in answer:
            raise RpcError(answer["error"], answer.get("message", ""))
        return answer["result"]

    def exchange(self, question):
        with socket.create_connection(self.address, TIMEOUT) as plain:
            with self.context().wrap_socket(plain, server_hostname=self.address[0]) as channel:
                channel.sendall(json.dumps(question).encode() + b"\n")
                line = channel.makefile("rb").readline()
        if not line:
            raise ConnectionResetError("the daemon closed the connection")
        return line
