#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# What must not pass is dropped and counted, and disturbs nobody.
#
#   pc1 10.0.0.1 ----+--- wan ---- [kanmond] ---- lan 192.168.0.100
#   this host 10.0.0.200
source "$(dirname "$0")/_init.sh"

# An SCCRQ's header without ESP around it.
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
check "L2TP without IPsec is dropped and counted" until_true counts_more drop l2tp_cleartext "$n"

n=$(counter drop spoof)
on pc1 "ip addr add 192.168.0.77/32 dev ppp0"
check "packets from a source that is not the lease get no answer" \
	is_silent pc1 192.168.0.100 -I 192.168.0.77
check "they are dropped and counted" until_true counts_more drop spoof "$((n + 2))"

noise 500
noise 4500
noise 1701
check "after noise on the ports of IKE and L2TP, the client still reaches the LAN host" \
	reaches pc1 192.168.0.100
check "no session has come of it" has_sessions 1
check "the client disconnects" client pc1 down
check "it connects again and gets the address that it had" connects pc1 192.168.0.1
gateway_stop
