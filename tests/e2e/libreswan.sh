#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Libreswan as the client's IKE, as NetworkManager-l2tp uses it: it connects, moves data, renews its
# keys, disconnects, and comes back; it does so behind a NAT as well, beside a strongSwan.
#
#   pc1 10.0.0.1 -------------------------------------- wan ---- [kanmond] ---- lan 192.168.0.100
#   pc2 192.168.1.10 --+-- home1 ---- [nat1] 10.0.0.11 --'
#   pc3 192.168.1.11 --'
source "$(dirname "$0")/_init.sh"
source "$(dirname "$0")/_nat.sh"

libreswan=(DAEMON=libreswan IKE=aes256-sha1-modp2048 ESP=aes128-sha1)

both_ways() { # PC ADDRESS
	reaches "$1" 192.168.0.100 -M "do" -s 1300 && reaches lan "$2" -M "do" -s 1300
}

of_session() { # ADDRESS KEY
	sessions ".[] | select(.address == \"$1\").$2"
}

gateway_start users='[{name: user-01, password: password123},
    {name: user-02, password: password123}, {name: user-03, password: password123}]'
vm_start vm pc1 pc2 pc3

# Libreswan renews its keys MARGIN before their end: a pair after 15 s, an ISAKMP SA after 25 s.
check "it connects" connects pc1 192.168.0.1 "${libreswan[@]}" \
	IKE_LIFETIME=60s LIFETIME=50s MARGIN=35s
check "show sessions has its kind" test "$(of_session 192.168.0.1 kind)" = libreswan
log_mark
pings_start lan 192.168.0.1 0.1
check "packets pass both ways" both_ways pc1 192.168.0.1
check "it renews its IPsec SA" log_wait 'esp: aes128-sha1 spi'
check "it renews its ISAKMP SA" log_wait 'main mode: up'
check "meanwhile no ping was lost" pings_stop lan
check "it is still one session" has_sessions 1
check "it disconnects" client pc1 down
check "no session is left" until_true no_session
check "it comes back and gets the address that it had" connects pc1 192.168.0.1 "${libreswan[@]}"

home_make 1
home_enter pc2 1 192.168.1.10
home_enter pc3 1 192.168.1.11
check "one behind a NAT connects" connects pc2 192.168.0.2 USERNAME=user-02 "${libreswan[@]}"
check "a strongSwan connects beside it" connects pc3 192.168.0.3 USERNAME=user-03
check "show sessions shows the NAT" test "$(of_session 192.168.0.2 nat)" = true
check "packets pass both ways" both_ways pc2 192.168.0.2
check "those of the other pass, too" both_ways pc3 192.168.0.3
check "the two behind the NAT reach each other" reaches pc2 192.168.0.3
for pc in pc1 pc2 pc3; do
	check "$pc disconnects" client "$pc" down
done
check "no session is left" until_true no_session
gateway_stop
