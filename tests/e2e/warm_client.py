"""Takes the place of Python in a command: hands it over to the server of warm.py, and ends as it has ended there.

Run by path, with as few imports as there can be.
"""

import marshal
import os
import signal
import socket
import sys

parent = os.getppid()
connection = socket.socket(socket.AF_UNIX)
connection.connect(sys.argv[1])
asked = marshal.dumps((sys.argv[2:], dict(os.environ), os.getcwd()))
socket.send_fds(connection, [len(asked).to_bytes(8, "big")], [0, 1, 2])
connection.sendall(asked)
for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda got, _: connection.sendall(bytes([got])))
connection.settimeout(1)
code = b""
while os.getppid() == parent:  # an engine that is killed cannot end what it has started
    try:
        code = connection.recv(1)
    except TimeoutError:
        continue
    break
os._exit(code[0] if code else 255)
