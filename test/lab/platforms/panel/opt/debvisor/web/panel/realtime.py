"""Socket.IO: what happens to nodes, jobs and alerts, as it happens."""

import logging
import threading

log = logging.getLogger("panel.socketio")
NAMESPACES = ("/nodes", "/jobs", "/alerts")
COLLECT_EVERY = 2


def attach(app, settings):
    """The Socket.IO server of the app; None where Flask-SocketIO is not installed: the panel runs on without it."""
    try:
        from flask_socketio import SocketIO
    except ImportError:
        log.error("flask-socketio not installed: real-time updates are off")
        return None
    server = SocketIO(
        app,
        async_mode="threading",
        ping_interval=10,
        ping_timeout=5,
        cors_allowed_origins=settings["origins"] or None,
    )
    for namespace in NAMESPACES:
        server.on_event("connect", admission(app, namespace), namespace=namespace)
    return server


def admission(app, namespace):
    def admit(auth=None):
        if not auth:
            log.warning("connection attempt without authentication to %s", namespace)
            return False
        if not auth.get("token"):
            log.warning("connection attempt without token to %s", namespace)
            return False
        return app.tokens.read(auth["token"]) is not None

    return admit


def start_collector(app, server):
    """Every 2 s: a row of metrics, and an event for those who listen."""
    threading.Thread(target=collect, args=(app, server, threading.Event()), daemon=True).start()


def collect(app, server, stop):
    while not stop.wait(COLLECT_EVERY):
        try:
            app.store.collect()
            if server is not None:
                server.emit("stats", app.store.stats(), namespace="/nodes")
        except Exception:
            logging.getLogger("panel.collector").exception("no metrics collected")
