"""A host in Python: a loop of its own on selectors, with a pollcast server nested in it.

What is typed is said to everybody, and "/out N" puts client N out. Newcomers are greeted, what
speaks of a secret is withheld, and twice a second there is a line of counters. SIGINT and SIGTERM
end it in order. Standard library only; the interface is that of pollcast.h.

    POLLCAST_LIBRARY=libpollcast.so python3 host.py [ADDRESS:PORT]
"""

import ctypes
import os
import selectors
import signal
import socket
import sys
import time
from ctypes import CFUNCTYPE, POINTER, byref, c_char_p, c_int, c_int64, c_size_t, c_uint
from ctypes import c_uint64, c_void_p, create_string_buffer, sizeof

LATER, LENGTH, GONE = -6, -7, -9
WITHHOLD, FRAMING_LINE = 1, 1
TICK = 0.5

Joined = CFUNCTYPE(None, c_void_p, c_uint64, c_char_p)
Left = CFUNCTYPE(None, c_void_p, c_uint64, c_int)
Admits = CFUNCTYPE(c_int, c_void_p, c_char_p)
Passes = CFUNCTYPE(c_int, c_void_p, c_uint64, c_void_p, c_size_t)


class Options(ctypes.Structure):
    """pollcast_options. What is not set is zero, which is the default."""

    _fields_ = (
        [("size", c_size_t), ("listen", POINTER(c_char_p)), ("listen_count", c_size_t)]
        + [("context", c_void_p), ("joined", Joined), ("left", Left)]
        + [("admits", Admits), ("passes", Passes)]
        + [(name, c_uint64) for name in ["max_memory", "max_queue", "max_line", "max_clients"]]
        + [("max_clients_per_address", c_uint64)]
        + [(name, c_int64) for name in ["patience_ms", "idle_ms", "drain_ms", "gather_ms"]]
        + [("keepalive_ms", c_int64)]
        + [(name, c_uint64) for name in ["turn_accepts", "turn_reads", "turn_writes"]]
        + [("turn_bytes", c_uint64), ("framing", c_int), ("half_close", c_int)]
        + [("no_echo", c_int), ("unix_mode", c_uint)]
    )


class Stats(ctypes.Structure):
    """The beginning of pollcast_stats: the library fills as much as there is."""

    _fields_ = [
        (name, c_uint64)
        for name in """size clients memory turns longest_turn_us joined refused refused_by_host
        accept_paused reads bytes_in messages_in bytes_withheld bytes_by_host writes
        bytes_out""".split()
    ]


class Host:
    def __init__(self, library, place):
        self.library = library
        self.newcomers = []
        self.typed, self.is_typing = b"", True
        # The library calls these for as long as the server lives: they must not be collected.
        self.callbacks = Joined(self.joined), Passes(self.passes)
        joined, passes = self.callbacks
        options = Options(
            size=sizeof(Options), listen=(c_char_p * 1)(place.encode()), listen_count=1,
            joined=joined, passes=passes, framing=FRAMING_LINE,
        )
        self.server, problem = c_void_p(), create_string_buffer(256)
        if library.pollcast_new(byref(options), byref(self.server), problem, c_size_t(256)) < 0:
            sys.exit(problem.value.decode())

    def call(self, name, *arguments):
        """Calls a function on the server, and tells what it returned; what ends no host included."""
        code = getattr(self.library, "pollcast_" + name)(self.server, *arguments)
        if code < -1 and code not in (LATER, LENGTH, GONE):
            sys.exit(f"{name}: {self.library.pollcast_last_error(self.server).decode()}")
        return code

    # In the middle of a turn the server cannot be called: who joined is greeted after it.
    def joined(self, _context, client, _address):
        self.newcomers.append(client)

    def passes(self, _context, _client, line, length):
        return WITHHOLD if b"secret" in ctypes.string_at(line, length) else 0

    def greet(self):
        for client in self.newcomers:
            welcome = f"welcome, client {client}\n".encode()
            # A greeting for which there is no room is left out, and some are gone already.
            self.call("send_to", c_uint64(client), welcome, c_size_t(len(welcome)))
        self.newcomers.clear()

    def say(self):
        """Says the lines that were typed. One for which there is no room waits; one that is longer
        than what may be said at once is dropped."""
        while b"\n" in self.typed:
            line, rest = self.typed.split(b"\n", 1)
            if line.startswith(b"/out ") and line[5:].isdigit() and int(line[5:]) < 2**64:
                code = self.call("evict", c_uint64(int(line[5:])))
            else:
                code = self.call("broadcast", line + b"\n", c_size_t(len(line) + 1))
            if code == LATER:
                return
            self.typed = rest

    def watch_typing(self, selector):
        """Input that is not read would be told again and again: while a line waits it is not watched."""
        wants, watched = self.is_typing and b"\n" not in self.typed, sys.stdin in selector.get_map()
        if watched and not wants:
            selector.unregister(sys.stdin)
        elif wants and not watched:
            try:
                selector.register(sys.stdin, selectors.EVENT_READ)
            except PermissionError:  # A file, or /dev/null: nobody waits for those.
                self.is_typing = False

    def tell_counters(self):
        stats = Stats(size=sizeof(Stats))
        self.call("statistics", byref(stats))
        print(f"{stats.clients} clients, {stats.bytes_out} bytes delivered, "
              f"{stats.bytes_withheld} withheld", flush=True)

    def run(self):
        selector, tick = selectors.DefaultSelector(), time.monotonic() + TICK
        ending, signalled = socket.socketpair()
        signalled.setblocking(False)
        signal.set_wakeup_fd(signalled.fileno())
        for number in signal.SIGINT, signal.SIGTERM:
            signal.signal(number, lambda *_: None)
        for source in self.call("descriptor"), ending:
            selector.register(source, selectors.EVENT_READ)
        while not self.call("is_finished"):
            self.watch_typing(selector)
            pause, timeout = tick - time.monotonic(), self.call("next_timeout")
            # Negative is for ever there, and not at all here.
            pause = max(0, pause if timeout < 0 else min(pause, timeout / 1000))
            for key, _ in selector.select(pause):
                if key.fileobj is ending and ending.recv(16):
                    self.call("shut_down")
                elif key.fileobj is sys.stdin:
                    typed = os.read(key.fd, 4096)
                    self.typed, self.is_typing = self.typed + typed, bool(typed)
            if tick <= time.monotonic():
                tick += TICK
                self.tell_counters()
            self.call("turn", c_int(0))
            self.greet()
            self.say()
        self.library.pollcast_free(self.server)


def main():
    library = ctypes.CDLL(os.environ.get("POLLCAST_LIBRARY", "libpollcast.so"))
    library.pollcast_last_error.restype = c_char_p
    host = Host(library, sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:8080")
    place = create_string_buffer(256)
    host.call("address", c_size_t(0), place, c_size_t(256))
    print(f"listening on {place.value.decode()}", flush=True)
    host.run()
    print("finished", flush=True)


main()
