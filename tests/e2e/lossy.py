#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A bad line between two interfaces: lossy.py A B.

Of IP packets in each direction it loses 30 %, sends 10 % twice, and holds 10 % back until two
others have overtaken them, or for 300 ms. A fixed seed decides which ones. So that no test
depends on luck, it loses at most two packets of one length in a row from A and one from B (a
message and its repeats have the same length): a message that is sent six times, and answered each
time it arrives, is answered. It passes everything but IP.

Prints "ready", and at its end "LOST of ALL", in packets.
"""
import random
import select
import signal
import socket
import sys
import time

TWICE, LATE = 0.1, 0.1
LATE_S = 0.3
ETH_P_ALL, ETH_P_IP = 3, b"\x08\x00"


class Way:
    """One direction. chance is above 30 %, as the limit of losses in a row takes some back."""

    def __init__(self, source, sink, chance, row):
        self.source, self.sink, self.chance, self.row = source, sink, chance, row
        self.random = random.Random(1)
        self.rows = {}  # length: lost in a row
        self.held = []  # [frame, packets that are still to overtake it, when it goes at the latest]
        self.lost = self.all = 0

    def release(self):
        for entry in [e for e in self.held if e[1] <= 0 or e[2] <= time.monotonic()]:
            self.held.remove(entry)
            self.sink.send(entry[0])

    def loses(self, frame):
        lost = self.random.random() < self.chance and self.rows.get(len(frame), 0) < self.row
        self.rows[len(frame)] = self.rows.get(len(frame), 0) + 1 if lost else 0
        self.all += 1
        self.lost += lost
        return lost

    def take(self):
        frame, address = self.source.recvfrom(65535)
        if address[2] == socket.PACKET_OUTGOING:
            return
        if frame[12:14] != ETH_P_IP:
            self.sink.send(frame)
            return
        if self.loses(frame):
            return
        luck = self.random.random()
        if luck < LATE:
            self.held.append([frame, 2, time.monotonic() + LATE_S])
            return
        for _ in range(2 if luck < LATE + TWICE else 1):
            self.sink.send(frame)
        for entry in self.held:
            entry[1] -= 1


def port(name):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    s.bind((name, ETH_P_ALL))
    return s


def main():
    a, b = port(sys.argv[1]), port(sys.argv[2])
    ways = {a: Way(a, b, 0.34, 2), b: Way(b, a, 0.43, 1)}

    def end(*_):
        lost, total = (sum(getattr(w, n) for w in ways.values()) for n in ("lost", "all"))
        print(lost, "of", total, flush=True)
        sys.exit()

    signal.signal(signal.SIGTERM, end)
    print("ready", flush=True)
    while True:
        for s in select.select([a, b], [], [], 0.05)[0]:
            ways[s].take()
        for way in ways.values():
            way.release()


main()
