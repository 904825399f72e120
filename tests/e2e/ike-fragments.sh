#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A client whose messages of IKE come in fragments connects, and puts together those that it gets.
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

# Its log numbers what it received.
in_fragments() {
	on pc1 "grep -q 'received fragment #[2-9]' /run/client/charon.log"
}

check "so far it got none" not in_fragments
gateway_start ike.fragment_size=200 log.level=debug pools='[192.168.0.1-192.168.0.1]'
check "it connects to a gateway whose messages come in fragments" connects pc1 192.168.0.1
check "they did" in_fragments
check "the log says so" log_wait 'sending a message of [0-9]+ bytes in [2-9] fragments' 1
check "packets pass" on pc1 "ping -c 3 -i 0.2 -W 2 192.168.0.100"
client pc1 down
check "no session is left" until_true 10 no_session
gateway_stop
