"""config.yaml, in the part of YAML that it needs: mappings, lists of scalars, scalars, comments."""

import os
import re

DEFAULT_FILE = "/etc/debvisor/config.yaml"

SCHEMA = {
    "server": {"host": str, "port": int},
    "database": {
        "host": str,
        "port": int,
        "name": str,
        "user": str,
        "password": str,
        "pool_size": int,
        "connect_timeout": int,
        "sslmode": str,
    },
    "realtime": {"path": str, "allowed_origins": list, "ping_interval": int},
    "paths": {"data": str, "error_log": str},
}
OPTIONAL = {"password", "sslmode"}


class BadConfig(Exception):
    def __init__(self, file, line, reason):
        super().__init__(f"{file}:{line}: {reason}" if line else f"{file}: {reason}")


def load(file=DEFAULT_FILE):
    """{section: {key: value}}. Raises BadConfig, which names the file and the line."""
    try:
        with open(file, encoding="utf-8") as source:
            lines = source.read().split("\n")
    except OSError as error:
        raise BadConfig(file, 0, f"{error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadConfig(file, 0, "not UTF-8") from error
    sections, places = _parse(file, lines)
    _check(file, sections, places)
    return sections


def _parse(file, lines):
    sections, places = {}, {}
    section = key = None
    for number, raw in enumerate(lines, 1):
        text = re.sub(r"(^|\s)#.*$", "", raw).rstrip()
        if not text:
            continue
        body = text.lstrip(" ")
        indent = len(text) - len(body)
        if body.startswith("\t"):
            raise BadConfig(file, number, "found character '\\t' that cannot start any token")
        if body.startswith("- "):
            values = sections.get(section, {}).get(key) if section and key else None
            if indent < 4 or not isinstance(values, list):
                raise BadConfig(file, number, "a list item outside of a list")
            values.append(_scalar(file, number, body[2:].strip()))
            continue
        match = re.fullmatch(r"([A-Za-z_][\w-]*):(?:\s+(.*))?", body)
        if not match:
            raise BadConfig(file, number, "could not find expected ':'")
        name, value = match.group(1), match.group(2)
        if indent == 0:
            if value:
                raise BadConfig(file, number, f"'{name}' is a section, not a value")
            if name in sections:
                raise BadConfig(file, number, f"duplicate key '{name}'")
            section, key = name, None
            sections[name] = {}
            places[name] = number
            continue
        if indent != 2 or section is None:
            raise BadConfig(file, number, "bad indentation of a mapping entry")
        if name in sections[section]:
            raise BadConfig(file, number, f"duplicate key '{name}'")
        key = name
        places[section, name] = number
        sections[section][name] = _scalar(file, number, value) if value else []
    return sections, places


def _scalar(file, number, text):
    if text[:1] in ("'", '"'):
        if len(text) < 2 or text[-1] != text[0]:
            raise BadConfig(file, number, "found unexpected end of stream in a quoted scalar")
        return text[1:-1]
    if ": " in text or text.endswith(":"):
        raise BadConfig(file, number, "mapping values are not allowed here")
    return int(text) if re.fullmatch(r"-?\d+", text) else text


def _check(file, sections, places):
    for section, entries in sections.items():
        if section not in SCHEMA:
            raise BadConfig(file, places[section], f"unknown section '{section}'")
        for key, value in entries.items():
            wanted = SCHEMA[section].get(key)
            if wanted is None:
                raise BadConfig(file, places[section, key], f"unknown key '{section}.{key}'")
            if not isinstance(value, wanted):
                raise BadConfig(
                    file, places[section, key], f"'{section}.{key}' must be {wanted.__name__}, not '{value}'"
                )
    for section, keys in SCHEMA.items():
        for key in keys:
            if key not in OPTIONAL and key not in sections.get(section, {}):
                raise BadConfig(file, places.get(section, 0), f"'{section}.{key}' is missing")
    port = sections["server"]["port"]
    if not 1 <= port <= 65535:
        raise BadConfig(file, places["server", "port"], f"'server.port' must be 1 to 65535, not {port}")


def database_password(settings):
    return os.environ.get("DATABASE_PASSWORD") or settings["database"].get("password", "")
