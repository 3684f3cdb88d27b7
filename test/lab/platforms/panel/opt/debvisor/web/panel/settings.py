"""Settings: from the environment, then from .env in the working directory."""

import os

ENV_FILE = ".env"


class ConfigurationError(Exception):
    pass


def load(environment=os.environ, file=ENV_FILE):
    """All settings by name. Raises ConfigurationError where one is missing or cannot be."""
    values = {**from_file(file), **environment}
    settings = {
        "production": values.get("FLASK_ENV", "production") == "production",
        "secret_key": values.get("SECRET_KEY", ""),
        "jwt_secret": values.get("JWT_SECRET", ""),
        "database_url": values.get("DATABASE_URL", "sqlite:////var/lib/debvisor/panel/panel.db"),
        "pool_size": number(values, "DB_POOL_SIZE", 20),
        "max_overflow": number(values, "DB_MAX_OVERFLOW", 10),
        "pool_timeout": number(values, "DB_POOL_TIMEOUT", 30),
        "pool_recycle": number(values, "DB_POOL_RECYCLE", 3600),
        "redis_url": values.get("REDIS_URL", ""),
        "smtp_host": values.get("SMTP_HOST", ""),
        "smtp_port": number(values, "SMTP_PORT", 25),
        "log_level": values.get("LOG_LEVEL", "INFO").upper(),
        "origins": [one.strip() for one in values.get("CORS_ALLOWED_ORIGINS", "").split(",") if one.strip()],
        "rpc_host": values.get("RPC_HOST", "127.0.0.1"),
        "rpc_port": number(values, "RPC_PORT", 7443),
        "rpc_ca_cert": values.get("RPC_CA_CERT", "/etc/debvisor/certs/ca.crt"),
        "rpc_client_cert": values.get("RPC_CLIENT_CERT", "/etc/debvisor/certs/panel-client.crt"),
        "rpc_client_key": values.get("RPC_CLIENT_KEY", "/etc/debvisor/certs/panel-client.key"),
        "cache_dir": values.get("CACHE_DIR", "/var/cache/debvisor"),
    }
    if settings["production"] and not settings["secret_key"]:
        raise ConfigurationError("SECRET_KEY must be set in production environment")
    if settings["log_level"] not in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"):
        raise ConfigurationError(f"LOG_LEVEL must be a level of logging, not '{settings['log_level']}'")
    return settings


def number(values, name, default):
    text = values.get(name, str(default))
    try:
        return int(text)
    except ValueError:
        raise ConfigurationError(f"{name} must be a whole number, not '{text}'") from None


def from_file(file):
    """{name: value}; empty where there is no such file."""
    try:
        with open(file, encoding="utf-8") as source:
            lines = source.read().splitlines()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigurationError(f"{os.path.abspath(file)}: {error.strerror}") from error
    pairs = (line.partition("=") for line in lines if "=" in line and not line.lstrip().startswith("#"))
    return {name.strip(): value.strip().strip("'\"") for name, _, value in pairs}
