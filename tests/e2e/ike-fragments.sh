#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A client whose messages of IKE come in fragments connects.
#
#   pc1 10.0.0.1 ---- wan ---- [kanmond] ---- lan 192.168.0.100
source "$(dirname "$0")/_init.sh"

gateway_start
vm_start vm pc1
check "a client connects whose messages of IKE come in fragments" \
	connects pc1 192.168.0.1 FRAGMENT_SIZE=200
check "they did" on pc1 "grep -q 'FRAG(3/3)' /run/client/charon.log"
check "packets pass" on pc1 "ping -c 3 -i 0.2 -W 2 192.168.0.100"
client pc1 down
check "no session is left" until_true 10 no_session
gateway_stop
