"""serve: the service on a port."""

from __future__ import annotations

import errno
import importlib
import signal
import socket
import threading
from types import FrameType
from typing import Annotated

import typer

from dispensing.commands import signing
from dispensing.commands.connection import Connection, connection
from dispensing.commands.numbers import begin_in
from dispensing.commands.schema import fit_or_exit
from dispensing.commands.screen import console, errors, refuse, step
from dispensing.embedded import Cluster
from dispensing.postgres_programs import PostgresFailed
from dispensing.settings import hand_down

PORTS_TRIED = 50
# An open live stream would hold the shutdown for ever.
SHUTDOWN_S = 3
# Between two people at the counter a page should not have to connect anew.
KEEP_ALIVE_S = 75
WATCH_EVERY_S = 1.0


def register(app: typer.Typer) -> None:
    app.command("serve")(serve)


def serve(
    host: Annotated[str | None, typer.Option(help="address to listen on")] = None,
    port: Annotated[int | None, typer.Option(help="port, or the next free one")] = None,
    workers: Annotated[int | None, typer.Option(help="server processes")] = None,
) -> None:
    """Serve pages and API. An own cluster is brought up to date first; a server never is."""
    end_politely()
    with connection() as database:
        if database.cluster is not None:
            update_schema(database)
        serve_on(database, host=host, port=port, workers=workers)


def update_schema(database: Connection) -> None:
    from dispensing.database import migrate

    with step("Schema brought up to date"):
        migrate(database.owner())
    # An own cluster has its keys beside it; a server's are made once, by `cpr-key begin`.
    begin_in(database.owner(), database.settings)


def serve_on(
    database: Connection,
    *,
    host: str | None = None,
    port: int | None = None,
    workers: int | None = None,
    greeting: str = "",
) -> None:
    """Serve until told to stop. `greeting` is printed under the address."""
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    fit_or_exit(database.app_url)
    settings = database.settings
    hand_down(database.app_url, settings.data_dir)
    # Here, so that nobody is told an address before the service can come up.
    importlib.import_module("dispensing.app")
    listening = listen(host or settings.host, settings.port if port is None else port)
    address, taken = listening.getsockname()[:2]
    shown = "127.0.0.1" if address in ("0.0.0.0", "::") else address
    console.print(f"\n[bold]http://{shown}:{taken}/[/]   (Ctrl-C stops the service)")
    if greeting:
        console.print(greeting)
    processes = workers or settings.workers
    config = uvicorn.Config(
        "dispensing.app:create_app",
        factory=True,
        workers=processes,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_S,
        timeout_keep_alive=KEEP_ALIVE_S,
    )
    watch = threading.Event()
    signer = signing.start(database)
    if database.cluster is not None:
        threading.Thread(target=_keep_alive, args=(database.cluster, watch), daemon=True).start()
    try:
        if processes > 1:
            Multiprocess(config, sockets=[listening]).run()
            return
        server = uvicorn.Server(config)
        server.run(sockets=[listening])
        if not server.started:
            raise refuse("The service could not start; the reason stands above.", 3)
    except KeyboardInterrupt:
        pass
    finally:
        watch.set()
        signing.end(signer)
        listening.close()
        console.print("The service has stopped.")


def _keep_alive(cluster: Cluster, ended: threading.Event) -> None:
    """Bring the own server back when it dies: nobody else would. The pool reconnects by itself."""
    while not ended.wait(WATCH_EVERY_S):
        try:
            if cluster.revive():
                errors.print("[yellow]![/] PostgreSQL had died and was started again.")
        except (PostgresFailed, OSError) as failure:
            errors.print(f"PostgreSQL has died and does not start: {failure}", markup=False)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket on `port`, or on the next free one, said clearly."""
    for candidate in range(port, min(port + PORTS_TRIED, 65_536)):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, candidate))
            listening.listen(2048)
        except PermissionError:
            listening.close()
            raise refuse(f"No permission to listen on port {candidate}.") from None
        except OSError as trouble:
            listening.close()
            if trouble.errno != errno.EADDRINUSE:
                raise refuse(f"Cannot listen on {host}: {trouble.strerror}.") from None
            continue
        if candidate != port and port != 0:
            console.print(
                f"[yellow]![/] Port {port} is taken, perhaps by another copy of this service;"
                f" this copy uses port [bold]{candidate}[/]."
            )
        return listening
    raise refuse(f"No free port from {port} on; choose one with --port.")


def end_politely() -> None:
    """SIGTERM and a closed terminal end the command as Ctrl-C does, the cluster in order."""

    def leave(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)
