"""What the hooks' process may not do: reach the network, read this machine's environment, eat its memory."""

import os
import resource
import signal
import socket

from faults import SESSION, NoNetwork

KEPT = ("PATH", "LANG", "LANGUAGE", "TZ", "TMPDIR")
LARGEST_FILE = 256 << 20
OPEN_FILES = 1024


def limit(which, most):
    hard = resource.getrlimit(which)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    try:
        resource.setrlimit(which, (most, most))
    except (OSError, ValueError):
        pass  # not every system has every limit; the time limit stays


def limits(mebibytes):
    limit(resource.RLIMIT_AS, mebibytes << 20)
    limit(resource.RLIMIT_FSIZE, LARGEST_FILE)
    limit(resource.RLIMIT_NOFILE, OPEN_FILES)
    limit(resource.RLIMIT_CORE, 0)


def environment(home):
    kept = {name: value for name, value in os.environ.items() if name in KEPT or name.startswith("LC_")}
    os.environ.clear()
    os.environ.update(kept, HOME=home, PYTHONDONTWRITEBYTECODE="1")


def _deny(asked):
    SESSION.note("asked for the network ({}), was refused, and went on".format(asked))
    raise NoNetwork(asked)


def network():
    """Refuses what Python itself would open; the kernel refuses the rest where the system allows it."""

    def connect(self, address):
        _deny("a connection to {}".format(address if isinstance(address, (str, bytes)) else address[0]))

    def look_up(host, *args, **kwargs):
        del args, kwargs
        _deny("the address of {}".format(host))

    socket.socket.connect = connect
    socket.socket.connect_ex = connect
    socket.getaddrinfo = look_up
    socket.gethostbyname = look_up
    socket.gethostbyname_ex = look_up


def orders():
    """As the first process of its namespace it would not hear a SIGTERM otherwise."""
    signal.signal(signal.SIGTERM, lambda number, frame: os._exit(128 + number))
