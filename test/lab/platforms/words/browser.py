"""browser.py FRONT COMMAND...: a browser's part against the panel at FRONT, such as https://127.0.0.1, for panel.debvisor.local.

login, stats, alerts, nodes: prints the status of one request, after a login where the cookie of before is no longer good.
polling, websocket [SECONDS]: opens a Socket.IO session in /nodes; exit 0 where an event comes in that time.
all: exit 0 where login, stats, alerts, nodes and both sessions work; otherwise names what does not.
hold [SECONDS]: the same for as long: the page's requests every 2 s, and both sessions with an event at least every 5 s.
"""

import base64
import http.client
import json
import os
import socket
import ssl
import struct
import sys
import threading
import time
from urllib.parse import urlencode, urlsplit

NAME = os.environ.get("PANEL_NAME", "panel.debvisor.local")
ORIGIN = os.environ.get("PANEL_ORIGIN", f"https://{NAME}")
JAR = "/root/.panel-cookie"
TIMEOUT = 8


class Refused(Exception):
    def __init__(self, status):
        super().__init__(f"HTTP {status}")
        self.status = status


class Browser:
    def __init__(self, front):
        self.front = urlsplit(front)
        self.tls = self.front.scheme == "https"
        self.port = self.front.port or (443 if self.tls else 80)
        try:
            with open(JAR) as jar:
                self.cookie = jar.read()
        except OSError:
            self.cookie = ""

    def connect(self):
        plain = socket.create_connection((self.front.hostname, self.port), TIMEOUT)
        if not self.tls:
            return plain
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context.wrap_socket(plain, server_hostname=NAME)

    def ask(self, path, body=None, kind="application/x-www-form-urlencoded"):
        """(status, text, headers) of one request on a connection of its own."""
        connection = http.client.HTTPConnection(NAME, timeout=TIMEOUT)
        connection.sock = self.connect()
        headers = {"Cookie": self.cookie, "Origin": ORIGIN, "Connection": "close"}
        if body is not None:
            headers["Content-Type"] = kind
        connection.request("GET" if body is None else "POST", path, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        connection.close()
        return answer.status, text, answer.headers

    def login(self):
        """The status: 302 where it worked."""
        body = urlencode({"name": "operator", "password": os.environ["PANEL_PASSWORD"]})
        status, _, headers = self.ask("/auth/login", body)
        if status == 302 and headers.get("Set-Cookie"):
            self.cookie = headers["Set-Cookie"].partition(";")[0]
            with open(os.open(JAR, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as jar:
                jar.write(self.cookie)
        return status

    def get(self, path):
        status, text, _ = self.ask(path) if self.cookie else (401, "", None)
        if status == 401:
            entered = self.login()
            if entered != 302:
                raise Refused(entered)
            status, text, _ = self.ask(path)
        return status, text

    def token(self):
        status, text = self.get("/auth/token")
        if status != 200:
            raise Refused(status)
        return json.loads(text)["token"]


def polling(browser, seconds):
    """Yields for each event that comes by long polling."""
    path = "/socket.io/?EIO=4&transport=polling"
    token = browser.token()
    opened = text_of(browser.ask(path))
    path += f"&sid={json.loads(opened[1:])['sid']}"
    text_of(browser.ask(path, f'40/nodes,{{"token":"{token}"}}', "text/plain;charset=UTF-8"))
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for packet in text_of(browser.ask(path)).split("\x1e"):
            if packet.startswith("44"):
                raise ConnectionError(packet)
            if packet == "2":
                text_of(browser.ask(path, "3", "text/plain;charset=UTF-8"))
            if packet.startswith("42/nodes,"):
                yield


def text_of(answer):
    status, text, _ = answer
    if status != 200:
        raise Refused(status)
    return text


def websocket(browser, seconds):
    """Yields for each event that comes over a WebSocket."""
    token = browser.token()
    channel = browser.connect()
    channel.sendall(
        f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {NAME}\r\nOrigin: {ORIGIN}\r\n"
        f"Cookie: {browser.cookie}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n\r\n".encode()
    )
    stream = channel.makefile("rb")
    status = int(stream.readline().split()[1])
    while stream.readline().strip():
        pass
    if status != 101:
        raise Refused(status)
    receive(stream)
    send(channel, f'40/nodes,{{"token":"{token}"}}')
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        packet = receive(stream)
        if packet.startswith("44"):
            raise ConnectionError(packet)
        if packet == "2":
            send(channel, "3")
        if packet.startswith("42/nodes,"):
            yield


def send(channel, text):
    body, mask = text.encode(), os.urandom(4)
    size = struct.pack("!BB", 0x81, 0x80 | len(body)) if len(body) < 126 else struct.pack("!BBH", 0x81, 0xFE, len(body))
    channel.sendall(size + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(body)))


def receive(stream):
    head = stream.read(2)
    if len(head) < 2 or head[0] & 0x0F == 8:
        raise ConnectionError("the server closed the WebSocket")
    size = head[1] & 0x7F
    if size == 126:
        size = struct.unpack("!H", stream.read(2))[0]
    return stream.read(size).decode("utf-8", "replace")


PATHS = {"stats": "/api/stats", "alerts": "/api/alerts", "nodes": "/api/nodes", "home": "/dashboard/"}
SESSIONS = {"polling": polling, "websocket": websocket}


def one(browser, command, seconds):
    """(whether it works, what to print)."""
    try:
        if command in SESSIONS:
            event = next((True for _ in SESSIONS[command](browser, seconds)), False)
            return event, "event" if event else f"no event in {seconds:g} s"
        status = browser.login() if command == "login" else browser.get(PATHS[command])[0]
        return status in (200, 302), status
    except Refused as error:
        return False, error.status
    except (OSError, ValueError, IndexError, http.client.HTTPException) as error:
        return False, f"{type(error).__name__}: {error}"


def everything(browser, seconds):
    results = {name: one(browser, name, seconds) for name in ("stats", "alerts", "nodes", "polling", "websocket")}
    for name, (works, said) in results.items():
        if not works:
            print(f"{name}: {said}")
    return 0 if all(works for works, _ in results.values()) else 1


def hold(browser, seconds):
    browser.get(PATHS["stats"])
    counts = dict.fromkeys(SESSIONS, 0)
    holders = [threading.Thread(target=count, args=(browser, name, seconds, counts)) for name in SESSIONS]
    for holder in holders:
        holder.start()
    refused = 0
    while any(holder.is_alive() for holder in holders):
        refused += browser.get(PATHS["stats"])[0] != 200
        time.sleep(2)
    print(f"events: {counts}; requests refused: {refused}")
    return 0 if refused == 0 and min(counts.values()) >= seconds // 5 else 1


def count(browser, name, seconds, counts):
    for _ in SESSIONS[name](browser, seconds):
        counts[name] += 1


def main(words):
    browser, command = Browser(words[0]), words[1]
    seconds = float(words[2]) if len(words) > 2 else 7
    if command == "all":
        return everything(browser, seconds)
    if command == "hold":
        return hold(browser, seconds)
    works, said = one(browser, command, seconds)
    print(said)
    return 0 if works else 1


sys.exit(main(sys.argv[1:]))
