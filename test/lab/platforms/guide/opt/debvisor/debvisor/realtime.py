"""Engine.IO 4 and Socket.IO 5, as much as the dashboard uses: the polling handshake and the WebSocket."""

import base64
import hashlib
import json
import logging
import select
import struct
import threading
import time
import uuid
from urllib.parse import parse_qs, urlsplit

log = logging.getLogger("debvisor.realtime")

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Refused(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.body = json.dumps({"code": code, "message": message})


class Realtime:
    def __init__(self, settings):
        self.origins = settings["realtime"]["allowed_origins"]
        self.interval = settings["realtime"]["ping_interval"]
        self.sessions = {}
        self.sockets = set()
        self.lock = threading.Lock()

    def check(self, headers, query):
        """Raises Refused as Engine.IO does."""
        origin = headers.get("Origin")
        host = headers.get("Host", "")
        same = (f"http://{host}", f"https://{host}")
        if origin and "*" not in self.origins and origin not in self.origins:
            if "same" not in self.origins or origin not in same:
                log.warning("%s is not an accepted origin.", origin)
                raise Refused(4, "Not an accepted origin.")
        if query.get("EIO", [""])[0] != "4":
            log.warning("client asked for protocol EIO=%s, server speaks 4", query.get("EIO", ["none"])[0])
            raise Refused(5, "Unsupported protocol version")
        if query.get("transport", [""])[0] not in ("polling", "websocket"):
            raise Refused(0, "Transport unknown")
        sid = query.get("sid", [None])[0]
        if sid and sid not in self.sessions:
            raise Refused(1, "Session ID unknown")
        return sid

    def open_packet(self, sid):
        upgrades = [] if sid in self.sockets else ["websocket"]
        return "0" + json.dumps(
            {
                "sid": sid,
                "upgrades": upgrades,
                "pingInterval": self.interval * 1000,
                "pingTimeout": 20000,
                "maxPayload": 1000000,
            },
            separators=(",", ":"),
        )

    def handle(self, request):
        """Answers one request below /socket.io/; a WebSocket keeps its thread until it ends."""
        query = parse_qs(urlsplit(request.path).query)
        try:
            sid = self.check(request.headers, query)
            if query["transport"][0] == "websocket":
                return self.upgrade(request, sid)
        except Refused as refused:
            return request.answer(400, refused.body, "application/json")
        if request.command == "POST":
            request.rfile.read(int(request.headers.get("Content-Length") or 0))
            return request.answer(200, "ok", "text/html")
        if sid:
            return request.answer(200, "40" + json.dumps({"sid": sid}), "text/plain; charset=UTF-8")
        sid = uuid.uuid4().hex[:20]
        self.sessions[sid] = time.monotonic()
        return request.answer(200, self.open_packet(sid), "text/plain; charset=UTF-8")

    def upgrade(self, request, sid):
        headers = request.headers
        key = headers.get("Sec-WebSocket-Key")
        asked = headers.get("Upgrade", "").lower() == "websocket" and "upgrade" in headers.get("Connection", "").lower()
        if not asked or not key or request.request_version == "HTTP/1.0":
            log.warning("WebSocket request without an upgrade (%s)", request.request_version)
            raise Refused(3, "Bad request")
        accept = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
        request.wfile.write(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept}\r\n\r\n".encode()
        )
        request.close_connection = True
        fresh = sid is None
        sid = sid or uuid.uuid4().hex[:20]
        self.sessions[sid] = time.monotonic()
        if fresh:
            send(request.connection, self.open_packet(sid))
        self.talk(request.connection, sid)

    def talk(self, connection, sid):
        with self.lock:
            self.sockets.add(connection)
        ping_at = time.monotonic() + self.interval
        try:
            while True:
                ready, _, _ = select.select([connection], [], [], max(0, ping_at - time.monotonic()))
                if not ready:
                    send(connection, "2")
                    ping_at = time.monotonic() + self.interval
                    continue
                text = receive(connection)
                if text is None:
                    return
                if text == "2probe":
                    send(connection, "3probe")
                elif text == "40":
                    send(connection, "40" + json.dumps({"sid": sid}))
        except OSError:
            return
        finally:
            with self.lock:
                self.sockets.discard(connection)
            self.sessions.pop(sid, None)

    def emit(self, event, data):
        with self.lock:
            sockets = list(self.sockets)
        for connection in sockets:
            try:
                send(connection, "42" + json.dumps([event, data]))
            except OSError:
                continue


def send(connection, text):
    body = text.encode()
    head = struct.pack("!BB", 0x81, len(body)) if len(body) < 126 else struct.pack("!BBH", 0x81, 126, len(body))
    connection.sendall(head + body)


def receive(connection):
    """The text of one frame; None where the peer closed."""
    head = exactly(connection, 2)
    if head is None or head[0] & 0x0F == 8:
        return None
    size = head[1] & 0x7F
    if size == 126:
        size = struct.unpack("!H", exactly(connection, 2) or b"\0\0")[0]
    mask = exactly(connection, 4) if head[1] & 0x80 else b"\0\0\0\0"
    body = exactly(connection, size)
    if mask is None or body is None:
        return None
    return bytes(byte ^ mask[at % 4] for at, byte in enumerate(body)).decode("utf-8", "replace")


def exactly(connection, size):
    got = b""
    while len(got) < size:
        part = connection.recv(size - len(got))
        if not part:
            return None
        got += part
    return got
