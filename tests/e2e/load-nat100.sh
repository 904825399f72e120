#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# 100 clients behind one NAT, all from inner port 1701, ten of them with each of ten private addresses.
#
#   kanmon-load [100 clients 172.16.0.10-19] NAT 10.0.0.1 ---- wan ---- 10.0.0.254 [kanmond] 192.168.0.254 ---- h0 kanmon-load
#                                            ports 1024 and up                                                192.168.0.100
source "$(dirname "$0")/_init.sh"
source "$(dirname "$0")/_load.sh"

behind_one() { # NAME FLAG...
	emulate "$@" --clients-count 100 --clients-nat 100 --clients-nat-inside 10 --clients-rate 1000 \
		--clients-profiles windows11,macos,android11,strongswan,libreswan --traffic-mbps 4
}

gateway_start 'pools=["192.168.0.1-192.168.0.99", "192.168.0.101-192.168.0.160"]' \
	'ike.proposals=[aes256-sha1-modp2048, aes256-sha256-modp2048, aes128-sha1-ecp256, aes256-sha1-modp1024]' \
	ike.allow_weak=true log.level=notice

check "all are up, move data, and hold longer than a NAT-keepalive waits" \
	behind_one hundred --steps connect,traffic:8,hold:16,traffic:4,rekey-esp,traffic:4,disconnect
check "all 100 were up, and stayed" test "$(figure hundred '.connects | .up == 100 and .failures == 0 and .ended == 0')" = true
check "each sent, and all of it arrived" test "$(figure hundred .traffic.up.whole)" = 100
check "each was sent to, and all of it arrived" test "$(figure hundred .traffic.down.whole)" = 100
check "nobody got what is another's" test "$(figure hundred '.traffic.up.foreign + .traffic.down.foreign')" = 0
check "they kept their NAT awake" test "$(figure hundred '.nat.keepalives >= 100')" = true
check "the gateway took that for what it is" test "$(counter drop natt_keepalive)" -ge 100
check "no session is left" until_true 15 no_session
gateway_stop
