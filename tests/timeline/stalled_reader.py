"""A room of three: a talker, a reader, and a reader that stalls and then recovers.

Usage: stalled_reader.py PORT. It talks to a server on 127.0.0.1, and is what docs/traces shows.
"""

import socket
import sys
import threading
import time

MESSAGE = 16 << 10
MESSAGES = 32
STALLS_FOR = 0.25
LIMIT = 10


def connect(port, receives=None):
    client = socket.socket()
    client.settimeout(LIMIT)
    if receives:
        # Before connecting: the window is offered in the handshake.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receives)
    client.connect(("127.0.0.1", port))
    return client


def take(client, count, size=1 << 20, pause=0.0):
    """Reads until `count` bytes have come."""
    taken = 0
    while taken < count:
        piece = client.recv(min(size, count - taken))
        if not piece:
            raise SystemExit(f"the stream ended after {taken} of {count} bytes")
        taken += len(piece)
        time.sleep(pause)


def main():
    port = int(sys.argv[1])
    talker = connect(port)
    stalled = connect(port, receives=4096)
    reader = connect(port)
    time.sleep(0.02)
    everything = MESSAGE * MESSAGES
    readers = [
        threading.Thread(target=take, args=(talker, everything)),
        threading.Thread(target=take, args=(reader, everything)),
    ]
    for thread in readers:
        thread.start()
    begun = time.monotonic()
    talking = threading.Thread(target=talk, args=(talker,))
    talking.start()
    time.sleep(STALLS_FOR)
    take(stalled, everything, size=64 << 10, pause=0.0005)
    for thread in [talking, *readers]:
        thread.join()
    print(f"{everything} bytes to each of three in {time.monotonic() - begun:.3f} s")
    for client in (reader, stalled, talker):
        client.close()
        time.sleep(0.005)


def talk(talker):
    for _ in range(MESSAGES):
        talker.sendall(b"x" * MESSAGE)
        time.sleep(0.002)


main()
