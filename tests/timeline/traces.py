"""Traces for the tests of the page: small ones that are made up, and large ones out of a real one."""

import json
import re

TIME = re.compile(r'"ts":([0-9.]+)')


def write(path, events):
    """One event a line, as the server writes them."""
    with open(path, "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(json.dumps(event) for event in events) + "\n]\n")


def large(path, sample, size):
    """The sample's run again and again, each time later, until the file is so large. Its lines."""
    with open(sample, encoding="utf-8") as file:
        lines = [line.rstrip(",\n") for line in file if line.startswith("{")]
    head = [line for line in lines if '"ph":"M"' in line]
    run = [line for line in lines if '"ph":"M"' not in line]
    takes = max(float(TIME.search(line)[1]) for line in run) + 5000
    length, count, runs = sum(map(len, head)), len(head), 0
    with open(path, "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(head))
        while length < size:
            later = runs * takes
            for line in run:
                line = TIME.sub(lambda time: f'"ts":{float(time[1]) + later:.3f}', line)
                file.write(",\n" + line)
                length += len(line) + 2
            count += len(run)
            runs += 1
        file.write("\n]\n")
    return count


def call(name, lane, at, took, **arguments):
    """A call of the server with process 1."""
    return {"name": name, "ph": "X", "cat": "call", "pid": 1, "tid": lane, "ts": at, "dur": took,
            "args": arguments}


def decision(name, client, at, **arguments):
    """A decision about a client."""
    return {"name": name, "ph": "i", "s": "t", "cat": "decision", "pid": 1, "tid": client + 1,
            "ts": at, "args": {"client": client, **arguments}}


def crowd(path, clients):
    """Many clients come, one of whom gets an error; the key of the first is given again."""
    events = [{"name": "process_name", "ph": "M", "pid": 1, "tid": 0, "args": {"name": "pollcast"}}]
    for client in range(clients):
        at = 10 + client * 12
        events += [call("accept", 0, at, 3, listener=0),
                   call("add", client + 1, at + 4, 2, client=client, writable=False),
                   decision("joined", client, at + 6)]
    at = 20 + clients * 12
    for client in range(clients):
        answer = {"errno": "EPIPE"} if client == clients - 1 else {"bytes": 5}
        events.append(call("write", client + 1, at + client * 9, 4, client=client, slices=1,
                           offered=5, **answer))
    at += clients * 9 + 100
    events += [decision("left", 0, at, reason="it left", dropped=0),
               call("close", 1, at + 1, 3, client=0),
               call("add", 1, at + 200, 2, client=0, writable=False),
               decision("joined", 0, at + 202),
               call("read", 1, at + 300, 2, client=0, room=100, bytes=7),
               {"name": "of tomorrow", "ph": "i", "cat": "unheard", "pid": 1, "tid": 1,
                "ts": at + 310, "args": {}},
               {"name": "flow", "ph": "s", "id": 1, "pid": 1, "tid": 1, "ts": at + 311}]
    write(path, events)


def of_go(path):
    """The shape of what an strace of a Go server is converted to: threads, and calls alone."""
    def of(name, lane, at, took, **arguments):
        return {**call(name, lane, at, took, **arguments), "pid": 2}

    events = [{"name": "process_name", "ph": "M", "pid": 2, "tid": 0, "args": {"name": "go"}}]
    for thread in (101, 102):
        for turn in range(6):
            events.append(of("wait", 0, turn * 1000 + thread, 800, thread=thread,
                             syscall="epoll_pwait" if thread == 101 else "futex",
                             **({"events": ["0 in"], "timeout": None} if thread == 101 else {})))
    for client in range(3):
        events.append(of("accept", 0, 20 + client * 9, 5, thread=101, syscall="accept4"))
        events.append(of("add", client + 1, 26 + client * 9, 2, client=client, writable=True,
                         thread=101, syscall="epoll_ctl"))
    for turn in range(6):
        at = turn * 1000 + 910
        events.append(of("read", 1, at, 4, client=0, room=4096, bytes=4096, thread=101, syscall="read"))
        events.append(of("read", 1, at + 5, 2, client=0, room=4096, errno="EAGAIN", thread=101,
                         syscall="read"))
        for client in range(3):
            taken = {"bytes": 4096} if client != 1 or turn < 3 else {"errno": "EAGAIN"}
            events.append(of("write", client + 1, at + 10 + client * 7, 6, client=client, slices=1,
                             offered=4096, thread=102, syscall="write", **taken))
    write(path, events)
