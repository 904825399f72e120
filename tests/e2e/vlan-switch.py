#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A switch with VLANs, for kernels that have none: vlan-switch.py TRUNK PORT=VLAN...

Frames of an access port get the port's tag on their way to the trunk (802.1Q); those of the trunk
lose it on their way to the port that has their VLAN. VLAN 0 is untagged.
"""
import select
import socket
import struct
import sys

SOL_PACKET, PACKET_AUXDATA, PACKET_OUTGOING = 263, 8, 4
TP_STATUS_VLAN_VALID = 1 << 4
ETH_P_ALL, TPID = 3, b"\x81\x00"


def port(name):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    s.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    s.bind((name, 0))
    return s


def receive(s):
    """The frame as it is without its tag, and the tag's VLAN; the kernel has taken the tag off."""
    frame, more, _, address = s.recvmsg(65536, 256)
    if address[2] == PACKET_OUTGOING:
        return None, 0
    for level, kind, data in more:
        if level == SOL_PACKET and kind == PACKET_AUXDATA:
            status, *_, tci, _ = struct.unpack("=IIIHHHH", data[:20])
            if status & TP_STATUS_VLAN_VALID:
                return frame, tci & 0xFFF
    return frame, 0


def main():
    trunk = port(sys.argv[1])
    vlan_of = {port(name): int(vlan) for name, vlan in (a.split("=") for a in sys.argv[2:])}
    port_of = {vlan: s for s, vlan in vlan_of.items()}
    print("ready", flush=True)
    while True:
        for s in select.select([trunk, *vlan_of], [], [])[0]:
            frame, vlan = receive(s)
            if frame is None:
                continue
            if s is trunk:
                if vlan in port_of:
                    port_of[vlan].send(frame)
            elif vlan_of[s] == 0:
                trunk.send(frame)
            else:
                trunk.send(frame[:12] + TPID + struct.pack("!H", vlan_of[s]) + frame[12:])


main()
