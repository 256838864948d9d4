"""Runs a moto server on a free port of the loopback interface and prints the port.

It ends when its standard input does, so that it never outlives the test that started it, however that test ends.
"""

import logging
import sys

import moto_additions
import moto_stack_sets
from moto.server import ThreadedMotoServer


def main():
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    moto_additions.install()
    moto_stack_sets.install()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    print(server.get_host_and_port()[1], flush=True)
    sys.stdin.read()


main()
