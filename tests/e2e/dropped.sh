#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# What must not pass is dropped and counted, and disturbs nobody.
#
#   pc1 10.0.0.1 ----+--- wan ---- [kanmond] ---- lan 192.168.0.100
#   this host 10.0.0.200
source "$(dirname "$0")/_init.sh"

# SCCRQ's header without ESP around it.
cleartext_l2tp() {
	printf '\xc8\x02\x00\x14\0\0\0\0\0\0\0\0\x80\x08\0\0\0\0\0\x01' >/dev/udp/10.0.0.254/1701
}

noise() { # PORT
	for _ in {1..50}; do
		head -c "$((RANDOM % 400 + 1))" /dev/urandom >"/dev/udp/10.0.0.254/$1"
	done
}

gateway_start
vm_start vm pc1
check "the client connects" connects pc1 192.168.0.1

n=$(counter drop l2tp_cleartext)
cleartext_l2tp
check "L2TP without IPsec is dropped and counted" until_true 5 counts_more drop l2tp_cleartext "$n"

n=$(counter drop spoof)
on pc1 "ip addr add 192.168.0.77/32 dev ppp0"
check "a packet with a source that is not the lease gets no answer" \
	not on pc1 "ping -c 3 -i 0.2 -W 1 -I 192.168.0.77 192.168.0.100"
check "it is dropped and counted" counts_more drop spoof "$((n + 2))"

noise 500
noise 4500
noise 1701
check "noise on IKE's ports is outlived" on pc1 "ping -c 3 -i 0.2 -W 2 192.168.0.100"
check "no session came of it" test "$(sessions length)" = 1
check "the client disconnects and connects again" client pc1 down
check "with its address" connects pc1 192.168.0.1
gateway_stop
