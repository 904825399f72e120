#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Libreswan as the client's IKE, as NetworkManager-l2tp uses it: it connects, moves data, renews its keys, disconnects,
# comes back; and does so behind a NAT, beside a strongSwan.
#
#   pc1 10.0.0.1 -------------------------------------- wan ---- [kanmond] ---- lan 192.168.0.100
#   pc2 192.168.1.10 --+-- home1 ---- [nat1] 10.0.0.11 --'
#   pc3 192.168.1.11 --'
source "$(dirname "$0")/_init.sh"
source "$(dirname "$0")/_nat.sh"

libreswan=(DAEMON=libreswan IKE=aes256-sha1-modp2048 ESP=aes128-sha1)

both_ways() { # PC ADDRESS
	on "$1" "ping -c 5 -i 0.2 -W 2 -M do -s 1300 192.168.0.100" && lan ping -c 5 -i 0.2 -W 2 -M do -s 1300 "$2"
}

of_session() { # ADDRESS KEY
	sessions ".[] | select(.address == \"$1\").$2"
}

gateway_start users='[{name: user-01, password: password123}, {name: user-02, password: password123},
    {name: user-03, password: password123}]'
vm_start vm pc1 pc2 pc3

# Libreswan renews its keys this long before their end.
check "it connects" connects pc1 192.168.0.1 "${libreswan[@]}" IKE_LIFETIME=60s LIFETIME=50s MARGIN=35s
check "show sessions tells its kind" test "$(of_session 192.168.0.1 kind)" = libreswan
check "packets pass both ways" both_ways pc1 192.168.0.1
ip netns exec lan ping -i 0.1 192.168.0.1 >"$tmp/ping.log" &
ping=$!
log_mark
check "it renews its IPsec SA" log_wait 'esp: aes128-sha1 spi' 40
check "and its ISAKMP SA" log_wait 'main mode: up' 60
kill -INT "$ping"
wait "$ping" || :
note "$(grep 'packet loss' "$tmp/ping.log")"
check "meanwhile no packet was lost" grep -q ' 0% packet loss' "$tmp/ping.log"
check "it is one session" test "$(sessions length)" = 1
check "it disconnects" client pc1 down
check "nothing is left of it" until_true 10 no_session
check "it comes back with the address that it had" connects pc1 192.168.0.1 "${libreswan[@]}"

home_make 1
home_enter pc2 1 192.168.1.10
home_enter pc3 1 192.168.1.11
check "one behind NAT connects" connects pc2 192.168.0.2 USERNAME=user-02 "${libreswan[@]}"
check "a strongSwan beside it connects, too" connects pc3 192.168.0.3 USERNAME=user-03
check "show sessions tells of NAT" test "$(of_session 192.168.0.2 nat)" = true
check "packets pass both ways" both_ways pc2 192.168.0.2
check "and those of the other" both_ways pc3 192.168.0.3
check "both in the home reach each other" on pc2 "ping -c 3 -i 0.2 -W 2 192.168.0.3"
for pc in pc1 pc2 pc3; do
	check "$pc disconnects" client "$pc" down
done
check "no session is left" until_true 10 no_session
gateway_stop
