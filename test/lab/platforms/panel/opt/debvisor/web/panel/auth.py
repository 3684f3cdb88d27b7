"""Login, and the token with which Socket.IO knows the user."""

import logging
import secrets
from functools import wraps

from flask import Blueprint, current_app, jsonify, redirect, render_template, request, session
from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer
from werkzeug.security import check_password_hash

log = logging.getLogger("panel.auth")
auth = Blueprint("auth", __name__, url_prefix="/auth")
TOKEN_AGE = 3600


def signed_in(view):
    @wraps(view)
    def guarded(*words, **named):
        if "user" in session:
            return view(*words, **named)
        if request.path.startswith(("/api/", "/health/")):
            return jsonify(error="login required"), 401
        return redirect("/auth/login")

    return guarded


@auth.route("/login", methods=["GET", "POST"])
def login():
    if request.method == "GET":
        return render_template("login.html")
    user = current_app.store.user(request.form.get("name", ""))
    if user is None or not check_password_hash(user["password_hash"], request.form.get("password", "")):
        log.warning("failed login of '%s' from %s", request.form.get("name", "")[:80], request.remote_addr)
        return render_template("login.html", problem="Name or password is wrong."), 401
    session.clear()
    session["user"] = user["name"]
    session.permanent = True
    return redirect("/")


@auth.get("/token")
@signed_in
def token():
    return jsonify(token=current_app.tokens.issue(session["user"]))


class Tokens:
    """Signed with JWT_SECRET, or, without it, with a secret that only this process knows."""

    def __init__(self, settings):
        self.signer = URLSafeTimedSerializer(settings["jwt_secret"] or secrets.token_hex(32), salt="socket")

    def issue(self, name):
        return self.signer.dumps(name)

    def read(self, text):
        """The user's name; None, and a warning, where the token is not good."""
        try:
            return self.signer.loads(text, max_age=TOKEN_AGE)
        except SignatureExpired:
            log.warning("connection attempt with expired token")
        except BadSignature:
            log.warning("connection attempt with invalid token")
        return None
