"""A CONNECT proxy that knows one server: the way to the simulator for a program that runs without us.

Prints its port, then serves until its standard input ends.
"""

import asyncio
import os
import sys

TARGET = int(sys.argv[1])


async def copy(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.write_eof()
    except (ConnectionError, OSError):
        pass


async def serve(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    upstream_reader, upstream_writer = await asyncio.open_connection("127.0.0.1", TARGET)
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    await asyncio.gather(copy(reader, upstream_writer), copy(upstream_reader, writer))
    writer.close()
    upstream_writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    os._exit(0)


asyncio.run(main())
