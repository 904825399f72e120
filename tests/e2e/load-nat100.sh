#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# 100 clients behind one NAT, all from inner port 1701, ten of them with each of ten private
# addresses.
#
#   kanmon-load c0 ---- wan ---- [kanmond] ---- lan ---- h0 kanmon-load
#   10.0.0.1              10.0.0.254  192.168.0.254      192.168.0.100
#   a NAT, ports 1024 and up; 100 clients 172.16.0.10-19 behind it
source "$(dirname "$0")/_init.sh"
source "$(dirname "$0")/_load.sh"

behind_one() { # NAME FLAG...
	emulate "$@" --clients-count 100 --clients-nat 100 --clients-nat-inside 10 \
		--clients-rate 1000 --clients-profiles \
		windows11,macos,android11,strongswan,libreswan --traffic-mbps 4
}

gateway_start pools='[192.168.0.1-192.168.0.99, 192.168.0.101-192.168.0.160]' \
	ike.proposals="$load_suites" ike.allow_weak=true log.level=notice

check "all are up, move data, and hold for longer than the interval of NAT-keepalives" \
	behind_one hundred \
	--steps connect,traffic:8,hold:16,traffic:4,rekey-esp,traffic:4,disconnect
check "all 100 were up, and stayed" \
	shows hundred '.connects | .up == 100 and .failures == 0 and .ended == 0'
check "each sent, and all of it arrived" shows hundred '.traffic.up.whole == 100'
check "each was sent to, and all of it arrived" shows hundred '.traffic.down.whole == 100'
check "nobody received packets of another client" \
	shows hundred '.traffic.up.foreign + .traffic.down.foreign == 0'
check "they sent NAT-keepalives" shows hundred '.nat.keepalives >= 100'
check "the gateway counted them as such" test "$(counter drop natt_keepalive)" -ge 100
check "no session is left" until_true no_session
gateway_stop
