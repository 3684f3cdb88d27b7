"""What probes and load balancers ask."""

import logging
import os
import shutil
import smtplib
import time

from flask import Blueprint, current_app, jsonify, request

from auth import signed_in

log = logging.getLogger("panel.health")
health = Blueprint("health", __name__, url_prefix="/health")
LEAST_FREE = 0.10
RETRY_AFTER = {"Retry-After": "30"}


def draining():
    """A deployment makes this file, waits until the load balancer has noticed, and removes it."""
    return os.path.exists(os.path.join(current_app.settings["cache_dir"], "drain"))


def refuse_while_draining():
    if draining() and not request.path.startswith("/health/"):
        return jsonify(error="Service is shutting down"), 503, RETRY_AFTER
    return None


@health.get("/live")
def live():
    return jsonify(healthy=True, phase=phase())


@health.get("/startup")
def startup():
    return jsonify(healthy=True, phase=phase())


@health.get("/ready")
def ready():
    dependencies = check()
    accepting = not draining()
    healthy = accepting and all(one["healthy"] for one in dependencies.values())
    body = {
        "healthy": healthy,
        "phase": phase(),
        "accepting_requests": accepting,
        "active_requests": len(current_app.active_requests),
        "dependencies": dependencies,
    }
    return jsonify(body), 200 if healthy else 503


@health.get("/detail")
@signed_in
def detail():
    dependencies = check()
    good = all(one["healthy"] for one in dependencies.values())
    return jsonify(status="ok" if good else "degraded", checks=dependencies, build={"version": "1.4.2"})


def phase():
    return "draining" if draining() else "running"


def check():
    settings = current_app.settings
    checks = {"database": current_app.store.ping, "disk": disk}
    if current_app.cache is not None:
        checks["redis"] = current_app.cache.ping
    if settings["smtp_host"]:
        checks["smtp"] = lambda: smtplib.SMTP(settings["smtp_host"], settings["smtp_port"], timeout=5).close()
    return {name: outcome(name, one) for name, one in checks.items()}


def outcome(name, ask):
    start = time.monotonic()
    try:
        ask()
    except Exception as error:
        log.error("health check %s failed", name, exc_info=True)
        return {"healthy": False, "error": f"{type(error).__name__}: {error}".splitlines()[0][:300]}
    return {"healthy": True, "latency_ms": round(1000 * (time.monotonic() - start), 1)}


def disk():
    usage = shutil.disk_usage("/")
    if usage.free < LEAST_FREE * usage.total:
        raise OSError(f"/ has {100 * usage.free / usage.total:.1f} % free, needs {100 * LEAST_FREE:.0f} %")
