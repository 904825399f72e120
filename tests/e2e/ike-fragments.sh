#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# IKE messages in fragments: a client that sends them connects, and it reassembles the gateway's.
#
#   pc1 10.0.0.1 ---- wan ---- [kanmond] ---- lan 192.168.0.100
source "$(dirname "$0")/_init.sh"

gateway_start
vm_start vm pc1
check "a client connects that sends its IKE messages in fragments" \
	connects pc1 192.168.0.1 FRAGMENT_SIZE=200
check "its log says that it sends fragments" on pc1 "grep -q 'FRAG(3/3)' /run/client/charon.log"
check "packets pass" reaches pc1 192.168.0.100
client pc1 down
check "no session is left" until_true no_session
gateway_stop

# charon's log numbers the fragments.
got_fragments() {
	on pc1 "grep -q 'received fragment #[2-9]' /run/client/charon.log"
}

check "so far it received none" not got_fragments
gateway_start ike.fragment_size=200 log.level=debug pools='[192.168.0.1-192.168.0.1]'
check "it connects to a gateway that sends its messages in fragments" connects pc1 192.168.0.1
check "it has received them" got_fragments
check "the gateway's log says so" log_wait 'sending a message of [0-9]+ bytes in [2-9] fragments'
check "packets pass" reaches pc1 192.168.0.100
client pc1 down
check "no session is left" until_true no_session
gateway_stop
