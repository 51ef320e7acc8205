#!/usr/bin/env python3
"""A client in Python, with asyncio: one task listens, another one talks.

    asyncio_client.py HOST:PORT NAME LINES TOTAL FILE

It says hello and waits for the line `-- start --`. From then on it says LINES lines, each as soon
as it has heard the one before. When it has heard TOTAL lines since the start, from everybody, it
ends its stream and takes what is left. FILE gets every byte that it received.
"""

import asyncio
import sys


async def talk(writer, name, lines, cues):
    """Says hello, and one line for each cue. A line is one write: nobody can talk into it."""
    writer.write(f"hello from {name}\n".encode())
    for number in range(1, lines + 1):
        await cues.get()
        writer.write(f"{name} {number}\n".encode())
        # It may wait here as long as it likes: the other task goes on reading. A client that reads
        # only between two writes holds up the room as soon as its own echo fills the connection.
        await writer.drain()


async def listen(reader, writer, name, total, cues, file):
    """Keeps what everybody says, gives the cues, and returns how many lines it heard."""
    heard = None
    async for line in reader:
        file.write(line)
        if heard is not None:
            heard += 1
        elif line == b"-- start --\n":
            heard = 0
        if heard == 0 or line.startswith(f"{name} ".encode()):
            cues.put_nowait(None)
        if heard == total:
            # It has no more to say, and is sent everything up to here, and then the end.
            writer.write_eof()
    return heard


async def main(address, name, lines, total, path):
    host, _, port = address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    cues = asyncio.Queue()
    talking = asyncio.create_task(talk(writer, name, int(lines), cues))
    # Without a buffer: what has been received is in the file, also when this is ended by force.
    with open(path, "wb", buffering=0) as file:
        heard = await listen(reader, writer, name, int(total), cues, file)
    if heard != int(total):
        sys.exit(f"the stream ended after {heard} lines since the start, not {total}")
    await talking
    writer.close()
    await writer.wait_closed()


if __name__ == "__main__":
    if len(sys.argv) != 6:
        sys.exit("asyncio_client.py HOST:PORT NAME LINES TOTAL FILE")
    asyncio.run(main(*sys.argv[1:]))
