# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the simulator: ``python -m nosana_simulator --port 8080``."""

from __future__ import annotations

import argparse
import signal
import sys

from .markets import built_in
from .releases import DEFAULT, RELEASES


def _seconds(text: str) -> float:
    value = float(text)
    if value < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return value


def _markets(text: str) -> list[str]:
    slugs = [slug.strip() for slug in text.split(",") if slug.strip()]
    known = [market["slug"] for market in built_in().values()]
    unknown = [slug for slug in slugs if slug not in known]
    if unknown:
        raise argparse.ArgumentTypeError(f"no market {unknown[0]}; known: {', '.join(known)}")
    return slugs


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="nosana_simulator", description="A simulator of the Nosana API.")
    parser.add_argument("--port", type=int, default=8080, help="port on 127.0.0.1; 0 picks a free one")
    parser.add_argument("--release", choices=list(RELEASES), default=DEFAULT, help="release of the API to be")
    parser.add_argument("--step", type=_seconds, default=1.0, help="simulated seconds that a state change takes")
    parser.add_argument("--latency", type=_seconds, default=0.0, help="seconds added to each answer")
    parser.add_argument("--speed", type=_seconds, default=1.0, help="simulated seconds in a real one")
    parser.add_argument("--without-hosts", type=_markets, default=[], metavar="SLUGS",
                        help="markets that have no free host, separated by commas")
    parser.add_argument("--serve-endpoints", action="store_true",
                        help="let endpoints lead to the simulator, which answers 200 once they are online")
    parser.add_argument("--idle-exit", type=_seconds, help="end after so many seconds without a request")
    parser.add_argument("--api-key", help="the only key that is accepted (default: any that begins with nos_)")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Serve until told to stop; 1 when the port can't be had."""
    arguments = _arguments(argv)
    from . import server  # late: wrong options and --help need none of the libraries
    from .simulator import Simulator
    # The server hands on a signal once it has ended in good order: that is no failure.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_args: sys.exit(0))
    try:
        listener = server.listen(arguments.port)
    except (OSError, OverflowError) as problem:
        print(f"nosana-simulator: can't listen on {server.HOST}:{arguments.port}: {problem}. "
              "Choose another port (--port, for the role simulator_port).", file=sys.stderr)
        return 1
    simulator = Simulator(arguments.release, arguments.step, arguments.latency, arguments.speed, arguments.api_key,
                          arguments.without_hosts, arguments.serve_endpoints)
    server.serve(simulator, listener, arguments.idle_exit)
    return 0


if __name__ == "__main__":
    sys.exit(main())
