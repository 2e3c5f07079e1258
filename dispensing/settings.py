"""Settings from the environment, read once. The one file that may read it.

| variable | meaning | when absent |
|---|---|---|
| DATABASE_URL | the application role on a PostgreSQL server | the service starts its own cluster |
| DATABASE_OWNER_URL | the owner role, for `migrate`, `demo-data`, `backup`, `restore` | as above |
| DISPENSING_DATA_DIR | own cluster and secrets | see `default_data_dir` |
| DISPENSING_PG_BIN | folder with initdb, pg_ctl, postgres | PATH, system, wheel |
| DISPENSING_HOST, DISPENSING_PORT | where the pages are served | 127.0.0.1, 8000 |
| DISPENSING_WORKERS | server processes | 1 |
| DISPENSING_POOL_MIN, DISPENSING_POOL_MAX | database connections of one worker | 2, 12 |
| DISPENSING_SECRET_KEY_FILE | signs pages, keeps PINs and cards | `<data dir>/secret.key` |
| DISPENSING_CPR_PEPPER_FILE | peppers that find people by number | `<data dir>/cpr-pepper.keys` |
| DISPENSING_CPR_KEY_FILE | keys under which numbers are encrypted | `<data dir>/cpr-cipher.keys` |
| DISPENSING_SIGNATURES_DIR | doctors' signatures under rule books | `<data dir>/signatures` |
| DISPENSING_SIGNER_DIR | the signer's key and what it has signed | `<data dir>/signer` |
| DISPENSING_SIGNER_URL | the signer's role, for `ledger sign` on a server | own cluster |
| DISPENSING_LEDGER_ORIGIN | the names of its logs begin with | dispensing.invalid |
| DISPENSING_EMERGENCY_LISTS | 1: this process makes the emergency lists (`serve` sets it) | 0 |
| DISPENSING_AUDIT_DRAFTS | 1: this process has audit drafts made (`serve` sets it) | 0 |
| DISPENSING_WEBHOOKS | 1: this process tells other systems (`serve` sets it) | 0 |
| DISPENSING_WEBHOOK_LOOPBACK | 1: also systems on this very machine, for trials | 0 |
| DISPENSING_EMERGENCY_DIR | folder for the lists as PDF | `<data dir>/emergency` |
| DISPENSING_EMERGENCY_PASSPHRASE_FILE | file whose first line encrypts the PDF | not encrypted |
| DISPENSING_UNCERTAIN_MINUTES | a reservation nobody told the end of shows as uncertain | 15 |
| DISPENSING_SESSION_HOURS | a full sign-in holds so many hours | 12 |
| DISPENSING_STATEMENT_TIMEOUT_MS | a statement running longer is broken off | 10000 |
| DISPENSING_SECURE_COOKIES | 1: cookies only over TLS | 0 |
| DISPENSING_PUBLIC_URL | address machine clients know the service by | the socket they reached |
| DISPENSING_CLIENT_CERT_HEADER | the proxy's header of a client's verified certificate | none |
| DISPENSING_CLIENT_CALLS_PER_MINUTE | calls of one machine client, over all workers | 1200 |
| DISPENSING_CLIENT_CALLS_AT_ONCE | calls of one kind of client at work in one worker | 3 |
| DISPENSING_CLIENT_CALLS_WAITING | so many more wait for their turn | 64 |
| DISPENSING_OIDC_ISSUER | identity provider (https), beside the passwords | none |
| DISPENSING_OIDC_CLIENT_ID | our name there | needed with an issuer |
| DISPENSING_OIDC_CLIENT_SECRET_FILE | file with our secret there | a public client, PKCE alone |
| DISPENSING_OIDC_REDIRECT_URI | our `…/log-ind/ekstern/svar` | needed with an issuer |
| DISPENSING_OIDC_SCOPE | what is asked for | openid |
| DISPENSING_OIDC_ASSURANCE_CLAIM | the claim that says the level of assurance | acr |
| DISPENSING_OIDC_ASSURANCE | levels accepted, with spaces between | NSIS Substantial and High |
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit


class SettingsError(ValueError):
    """A variable has a value that cannot be used. The message names it."""


NSIS = "https://data.gov.dk/concept/core/nsis/"
REDIRECT_PATH = "/log-ind/ekstern/svar"


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """The identity provider and what it must say. ``local``: a simulated one on this machine."""

    issuer: str
    client_id: str
    client_secret: str | None = field(repr=False)
    redirect_uri: str
    scope: str
    assurance_claim: str
    assurance: tuple[str, ...]
    local: bool = False


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """What machine clients are told and held to. ``cert_header`` is lower case."""

    public_url: str | None = None
    cert_header: str | None = None
    calls_per_minute: int = 1200
    calls_at_once: int = 3
    calls_waiting: int = 64


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the environment decides. Times carry their unit in the name."""

    database_url: str | None
    database_owner_url: str | None
    data_dir: Path
    pg_bin: Path | None
    host: str
    port: int
    workers: int
    pool_min: int
    pool_max: int
    secret_key_file: Path
    cpr_pepper_file: Path
    cpr_key_file: Path
    signatures_dir: Path
    signer_dir: Path
    signer_url: str | None
    ledger_origin: str
    emergency_lists: bool
    emergency_dir: Path
    emergency_passphrase_file: Path | None
    uncertain_minutes: int
    session_hours: int
    statement_timeout_ms: int
    secure_cookies: bool
    oidc: OidcSettings | None = None
    audit_drafts: bool = False
    webhooks: bool = False
    webhook_loopback: bool = False
    clients: ClientSettings = ClientSettings()

    @property
    def embedded(self) -> bool:
        """Whether the service runs on its own cluster."""
        return self.database_url is None


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process (or of `environ`, for tests). Raises SettingsError."""
    env = os.environ if environ is None else environ
    data_dir = Path(env.get("DISPENSING_DATA_DIR") or default_data_dir(env)).expanduser().absolute()
    pg_bin = env.get("DISPENSING_PG_BIN")
    passphrase = env.get("DISPENSING_EMERGENCY_PASSPHRASE_FILE")
    settings = Settings(
        database_url=_url(env, "DATABASE_URL"),
        database_owner_url=_url(env, "DATABASE_OWNER_URL"),
        data_dir=data_dir,
        pg_bin=Path(pg_bin).expanduser() if pg_bin else None,
        host=env.get("DISPENSING_HOST") or "127.0.0.1",
        port=_whole(env, "DISPENSING_PORT", 8000, least=0, most=65535),
        workers=_whole(env, "DISPENSING_WORKERS", 1, least=1, most=64),
        pool_min=_whole(env, "DISPENSING_POOL_MIN", 2, least=1, most=200),
        pool_max=_whole(env, "DISPENSING_POOL_MAX", 12, least=1, most=200),
        secret_key_file=Path(env.get("DISPENSING_SECRET_KEY_FILE") or data_dir / "secret.key"),
        cpr_pepper_file=Path(env.get("DISPENSING_CPR_PEPPER_FILE") or data_dir / "cpr-pepper.keys"),
        cpr_key_file=Path(env.get("DISPENSING_CPR_KEY_FILE") or data_dir / "cpr-cipher.keys"),
        signatures_dir=Path(env.get("DISPENSING_SIGNATURES_DIR") or data_dir / "signatures"),
        signer_dir=Path(env.get("DISPENSING_SIGNER_DIR") or data_dir / "signer"),
        signer_url=_url(env, "DISPENSING_SIGNER_URL"),
        ledger_origin=env.get("DISPENSING_LEDGER_ORIGIN") or "dispensing.invalid",
        emergency_lists=_whole(env, "DISPENSING_EMERGENCY_LISTS", 0, least=0, most=1) == 1,
        emergency_dir=Path(env.get("DISPENSING_EMERGENCY_DIR") or data_dir / "emergency"),
        emergency_passphrase_file=Path(passphrase) if passphrase else None,
        uncertain_minutes=_whole(env, "DISPENSING_UNCERTAIN_MINUTES", 15, least=1, most=240),
        session_hours=_whole(env, "DISPENSING_SESSION_HOURS", 12, least=1, most=24),
        statement_timeout_ms=_whole(
            env, "DISPENSING_STATEMENT_TIMEOUT_MS", 10_000, least=100, most=600_000
        ),
        secure_cookies=_whole(env, "DISPENSING_SECURE_COOKIES", 0, least=0, most=1) == 1,
        oidc=_oidc(env),
        audit_drafts=_whole(env, "DISPENSING_AUDIT_DRAFTS", 0, least=0, most=1) == 1,
        webhooks=_whole(env, "DISPENSING_WEBHOOKS", 0, least=0, most=1) == 1,
        webhook_loopback=_whole(env, "DISPENSING_WEBHOOK_LOOPBACK", 0, least=0, most=1) == 1,
        clients=_clients(env),
    )
    if settings.pool_min > settings.pool_max:
        raise SettingsError("DISPENSING_POOL_MIN is larger than DISPENSING_POOL_MAX")
    return settings


def default_data_dir(env: Mapping[str, str] | None = None) -> Path:
    """/var/lib/dispensing for root (the server's user must reach it), else the XDG folder."""
    env = os.environ if env is None else env
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/dispensing")
    base = env.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "dispensing"


def search_path(environ: Mapping[str, str] | None = None) -> str:
    """PATH, for finding PostgreSQL's programs."""
    return (os.environ if environ is None else environ).get("PATH", "")


def child_environment(**changes: str) -> dict[str, str]:
    """The environment for a program we start, without any database password in it."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("PG")}
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "DISPENSING_SIGNER_URL"):
        kept.pop(name, None)
    return kept | changes


def secret_key(path: Path) -> bytes:
    """The key that signs sessions; made once, readable by its owner only.

    Two workers starting at once get the same key: the file is written aside and linked into place,
    and linking fails for the second.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_hex(32).encode())
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(aside, path)
        except FileExistsError:
            pass
        finally:
            aside.unlink()
    key = path.read_bytes().strip()
    if len(key) < 32:
        raise SettingsError(f"the secret key in {path} is too short; delete the file to renew it")
    return key


def _oidc(env: Mapping[str, str]) -> OidcSettings | None:
    issuer = env.get("DISPENSING_OIDC_ISSUER")
    if not issuer:
        return None
    at = urlsplit(issuer)
    local = at.scheme == "http" and at.hostname in ("127.0.0.1", "localhost", "::1")
    if (at.scheme != "https" and not local) or not at.hostname or at.query or at.fragment:
        raise SettingsError("DISPENSING_OIDC_ISSUER must be an https address without a query")
    client_id = env.get("DISPENSING_OIDC_CLIENT_ID")
    redirect_uri = env.get("DISPENSING_OIDC_REDIRECT_URI", "")
    if not client_id:
        raise SettingsError("DISPENSING_OIDC_CLIENT_ID is needed with an issuer")
    if not redirect_uri.endswith(REDIRECT_PATH):
        raise SettingsError(f"DISPENSING_OIDC_REDIRECT_URI must end with {REDIRECT_PATH}")
    scope = env.get("DISPENSING_OIDC_SCOPE") or "openid"
    if "openid" not in scope.split():
        raise SettingsError("DISPENSING_OIDC_SCOPE must hold openid")
    secret_file = env.get("DISPENSING_OIDC_CLIENT_SECRET_FILE")
    try:
        secret = Path(secret_file).read_text().strip() if secret_file else None
    except OSError:
        raise SettingsError("DISPENSING_OIDC_CLIENT_SECRET_FILE cannot be read") from None
    levels = env.get("DISPENSING_OIDC_ASSURANCE") or f"{NSIS}Substantial {NSIS}High"
    return OidcSettings(
        issuer,
        client_id,
        secret or None,
        redirect_uri,
        scope,
        env.get("DISPENSING_OIDC_ASSURANCE_CLAIM") or "acr",
        tuple(levels.split()),
        local,
    )


def _clients(env: Mapping[str, str]) -> ClientSettings:
    public = (env.get("DISPENSING_PUBLIC_URL") or "").rstrip("/") or None
    at = urlsplit(public or "")
    local = at.hostname in ("127.0.0.1", "localhost", "::1")
    if public is not None and (
        not at.hostname or at.query or at.fragment or not (at.scheme == "https" or local)
    ):
        raise SettingsError("DISPENSING_PUBLIC_URL must be an https address without a query")
    header = (env.get("DISPENSING_CLIENT_CERT_HEADER") or "").strip().lower() or None
    if header is not None and not header.replace("-", "").isalnum():
        raise SettingsError("DISPENSING_CLIENT_CERT_HEADER must be the name of a header")
    name = "DISPENSING_CLIENT_CALLS"
    return ClientSettings(
        public,
        header,
        _whole(env, f"{name}_PER_MINUTE", 1200, least=1, most=1_000_000),
        _whole(env, f"{name}_AT_ONCE", 3, least=1, most=100),
        _whole(env, f"{name}_WAITING", 64, least=0, most=10_000),
    )


def _url(env: Mapping[str, str], name: str) -> str | None:
    url = env.get(name)
    if not url:
        return None
    if not url.startswith(("postgresql://", "postgres://")):
        raise SettingsError(f"{name} must begin with postgresql://")
    return "postgresql://" + url.split("://", 1)[1]


def _whole(env: Mapping[str, str], name: str, absent: int, *, least: int, most: int) -> int:
    text = env.get(name)
    if not text:
        return absent
    try:
        number = int(text)
    except ValueError:
        raise SettingsError(f"{name} must be a whole number") from None
    if not least <= number <= most:
        raise SettingsError(f"{name} must lie between {least} and {most}")
    return number


def hand_down(database_url: str, data_dir: Path) -> None:
    """Tell the server processes this one starts which database and folder were found."""
    os.environ["DATABASE_URL"] = database_url
    os.environ["DISPENSING_DATA_DIR"] = str(data_dir)
    # A service that people use makes emergency lists, unless somebody has said otherwise.
    os.environ.setdefault("DISPENSING_EMERGENCY_LISTS", "1")
    # And has drafts of the audit made, by a process of their own.
    os.environ.setdefault("DISPENSING_AUDIT_DRAFTS", "1")
    # And tells other systems what concerns them.
    os.environ.setdefault("DISPENSING_WEBHOOKS", "1")
