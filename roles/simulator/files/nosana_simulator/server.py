# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Serve the simulator with uvicorn: loopback only, one process, a line when it is ready."""

from __future__ import annotations

import asyncio
import socket
import time

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from .app import create_app
from .simulator import Simulator

HOST = "127.0.0.1"


class Protocol(H11Protocol):
    """HTTP/1.1 that lends the application its connection, so that faults can drop it."""

    def connection_made(self, transport) -> None:
        """Remember the connection in the state of its requests."""
        self.app_state = {**self.app_state, "transport": transport, "gone": asyncio.Event()}
        super().connection_made(transport)

    def connection_lost(self, exc) -> None:
        """Tell whoever waits for the end of the connection."""
        super().connection_lost(exc)
        self.app_state["gone"].set()


class Server(uvicorn.Server):
    """Says where it listens, and ends by itself when nobody asks it anything for ``idle_exit`` seconds."""

    def __init__(self, config: uvicorn.Config, simulator: Simulator, port: int, idle_exit: float | None) -> None:
        super().__init__(config)
        self.simulator = simulator
        self.port = port
        self.idle_exit = idle_exit

    async def startup(self, sockets=None) -> None:
        """Start to listen, then tell."""
        await super().startup(sockets=sockets)
        if not self.should_exit:
            print(f"nosana-simulator listening on http://{HOST}:{self.port}/api "
                  f"(release {self.simulator.release.name})", flush=True)

    async def shutdown(self, sockets=None) -> None:
        """End the streams, which would never end by themselves, then everything else."""
        self.simulator.closing = True
        await super().shutdown(sockets=sockets)

    async def on_tick(self, counter: int) -> bool:
        """Called ten times a second."""
        idle = time.monotonic() - self.simulator.last_request
        # A stream that is open is use, even though nothing is asked any more.
        if self.idle_exit is not None and idle > self.idle_exit and not self.simulator.engine.subscribers:
            self.should_exit = True
        return await super().on_tick(counter)


def listen(port: int) -> socket.socket:
    """A listening socket on the loopback address; 0 picks a free port. Raises OSError."""
    # With the protocol named, asyncio turns off Nagle's algorithm: else each answer would wait 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(512)
    except OSError:
        listener.close()
        raise
    return listener


def serve(simulator: Simulator, listener: socket.socket, idle_exit: float | None = None) -> None:
    """Serve until SIGTERM or SIGINT, or until idle for too long."""
    port = listener.getsockname()[1]
    simulator.base_url = f"http://{HOST}:{port}"
    config = uvicorn.Config(create_app(simulator), http=Protocol, ws="wsproto", loop="asyncio", lifespan="off",
                            log_level="warning", access_log=False, date_header=False, server_header=False,
                            timeout_graceful_shutdown=1, timeout_keep_alive=75)
    Server(config, simulator, port, idle_exit).run(sockets=[listener])
