#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# A bad line between two interfaces: lossy.py A B. Of IP packets in each direction it loses 30 %, sends 10 % twice,
# and holds 10 % back until two others have overtaken it, or 300 ms. Which ones, is drawn with the same numbers each
# time. Everything else passes.
import random
import select
import socket
import sys
import time

LOST, TWICE, LATE = 0.3, 0.4, 0.5
ETH_P_ALL = 3


class Way:
    def __init__(self, source, sink):
        self.source, self.sink = source, sink
        self.random = random.Random(1)
        self.held = []  # [frame, packets that are still to overtake it, when it goes at the latest]

    def release(self):
        for entry in [e for e in self.held if e[1] <= 0 or e[2] <= time.monotonic()]:
            self.held.remove(entry)
            self.sink.send(entry[0])

    def take(self):
        frame, address = self.source.recvfrom(65535)
        if address[2] == socket.PACKET_OUTGOING:
            return
        if frame[12:14] != b"\x08\x00":
            self.sink.send(frame)
            return
        luck = self.random.random()
        if luck < LOST:
            return
        if TWICE <= luck < LATE:
            self.held.append([frame, 2, time.monotonic() + 0.3])
            return
        for _ in range(2 if luck < TWICE else 1):
            self.sink.send(frame)
        for entry in self.held:
            entry[1] -= 1


def port(name):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    s.bind((name, ETH_P_ALL))
    return s


a, b = port(sys.argv[1]), port(sys.argv[2])
ways = {a: Way(a, b), b: Way(b, a)}
print("ready", flush=True)
while True:
    for s in select.select([a, b], [], [], 0.05)[0]:
        ways[s].take()
    for way in ways.values():
        way.release()
