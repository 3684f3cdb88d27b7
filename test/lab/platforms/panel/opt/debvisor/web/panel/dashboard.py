"""The pages, and what they poll."""

import json
import logging

from flask import Blueprint, current_app, jsonify, redirect, render_template, request, session

from auth import signed_in
from rpc import RpcError

log = logging.getLogger("panel.api")
dashboard = Blueprint("dashboard", __name__)


@dashboard.get("/")
def home():
    return redirect("/dashboard/" if "user" in session else "/auth/login")


@dashboard.get("/dashboard/")
@signed_in
def page():
    return render_template("dashboard.html")


@dashboard.get("/api/stats")
@signed_in
def stats():
    cache = current_app.cache
    known = cache.get("panel:stats") if cache is not None else None
    if known:
        return jsonify(json.loads(known))
    fresh = current_app.store.stats()
    if cache is not None:
        cache.set("panel:stats", json.dumps(fresh), ex=1)
    return jsonify(fresh)


@dashboard.get("/api/alerts")
@signed_in
def alerts():
    return jsonify(alerts=current_app.store.alerts())


@dashboard.post("/api/alerts/<int:key>/acknowledge")
@signed_in
def acknowledge(key):
    if current_app.store.acknowledge(key, session["user"]) == 0:
        return jsonify(error="no such alert"), 404
    return jsonify(acknowledged=key)


@dashboard.get("/api/nodes")
@signed_in
def nodes():
    try:
        return jsonify(nodes=current_app.rpc.call("nodes.list"))
    except RpcError as error:
        log.error("RPC call nodes.list failed: %s", error, exc_info=True)
        return jsonify(error=error.status, message="The RPC service does not answer."), 502
