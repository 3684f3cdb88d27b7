"""DebVisor's web panel: gunicorn imports `app`."""

import logging
import sys
import uuid
from datetime import timedelta

from flask import Flask, current_app, g, jsonify, request
from werkzeug.exceptions import HTTPException

import logs
import realtime
from auth import Tokens, auth
from dashboard import dashboard
from health import health, refuse_while_draining
from rpc import RpcClient
from settings import ConfigurationError, load
from store import Store

log = logging.getLogger("panel")


def create_app(settings):
    flask = Flask(__name__)
    flask.config.update(
        SECRET_KEY=settings["secret_key"],
        PERMANENT_SESSION_LIFETIME=timedelta(hours=8),
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
    )
    flask.settings = settings
    flask.store = Store(settings)
    flask.rpc = RpcClient(settings)
    flask.tokens = Tokens(settings)
    flask.cache = cache_of(settings)
    flask.active_requests = set()
    for blueprint in (dashboard, auth, health):
        flask.register_blueprint(blueprint)
    flask.before_request(begin)
    flask.before_request(refuse_while_draining)
    flask.teardown_request(lambda _: flask.active_requests.discard(g.get("request_id")))
    flask.after_request(harden)
    flask.register_error_handler(Exception, failed)
    if not settings["jwt_secret"]:
        log.warning("JWT_SECRET not set: tokens are valid in this worker process only")
    realtime.start_collector(flask, realtime.attach(flask, settings))
    return flask


def cache_of(settings):
    if not settings["redis_url"]:
        return None
    import redis

    return redis.Redis.from_url(settings["redis_url"], socket_timeout=2, socket_connect_timeout=2)


def begin():
    g.request_id = request.headers.get("X-Request-ID") or uuid.uuid4().hex[:16]
    current_app.active_requests.add(g.request_id)


def harden(response):
    response.headers["X-Request-ID"] = g.get("request_id", "")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'self'"
    return response


def failed(error):
    if isinstance(error, HTTPException):
        return jsonify(error=error.name), error.code
    log.error("%s %s failed", request.method, request.path, exc_info=error)
    return jsonify(error="Internal Server Error", request_id=g.get("request_id")), 500


try:
    found = load()
except ConfigurationError as problem:
    print(f"Configuration Error: {problem}", file=sys.stderr)
    sys.exit(1)
logs.set_up(found["log_level"])
app = create_app(found)
