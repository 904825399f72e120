#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The ISAKMP SA ends before the IPsec SAs that it made: of one client as it deletes it, of the other as its lifetime is
# over and no IKE gets through. The sessions go on, the NAT before the gateway is kept awake, and a new main mode
# takes each session over.
#
#   pc1, pc2 10.0.0.1-2 ---- wan ---- 10.0.0.99 [natg] 172.16.0.1 ---- dmz ---- 172.16.0.254 [kanmond] ---- lan 192.168.0.100
source "$(dirname "$0")/_init.sh"
source "$(dirname "$0")/_nat.sh"

gateway=(GATEWAY=10.0.0.99 GATEWAY_ID=172.16.0.254)

ike_sas() { # ADDRESS NUMBER
	[[ $(ctl --json show ike | jq --arg a "$1:" 'map(select(.state == "up" and (.peer | startswith($a)))) | length') == "$2" ]]
}

both_ways() { # PC LEASE
	on "$1" "ping -c 5 -i 0.2 -W 2 -M do -s 1300 192.168.0.100" && lan ping -c 5 -i 0.2 -W 2 -M do -s 1300 "$2"
}

of_session() { # LEASE KEY
	sessions ".[] | select(.address == \"$1\").$2"
}

dmz_make
gateway_start ike.lifetime=60s esp.lifetime=120s wan.address=172.16.0.254/24 wan.gateway=172.16.0.1 \
	users='[{name: user-01, password: password123}, {name: user-02, password: password123}]'
vm_start vm pc1 pc2
check "a Libreswan connects through the gateway's NAT" connects pc1 192.168.0.1 "${gateway[@]}" DAEMON=libreswan \
	IKE=aes256-sha1-modp2048 ESP=aes128-sha1
check "and a strongSwan" connects pc2 192.168.0.2 "${gateway[@]}" USERNAME=user-02
ike_cut ike 10.0.0.2
first=$(of_session 192.168.0.1 session)
second=$(of_session 192.168.0.2 session)
for n in 1 2; do
	ip netns exec lan ping -i 0.1 "192.168.0.$n" >"$tmp/ping$n.log" &
	ping[n]=$!
done

# It would begin a new one at once.
ike_cut port500 10.0.0.1
check "the Libreswan deletes its ISAKMP SA and no more" client pc1 forget
check "the gateway has none of it any more" until_true 5 ike_sas 10.0.0.1 0
awake=$(keepalives 10.0.0.1)
check "packets pass both ways" both_ways pc1 192.168.0.1
check "the NAT is kept awake all the same" until_true 30 awake_since 10.0.0.1 "$awake"
check "still without an ISAKMP SA" ike_sas 10.0.0.1 0
log_mark
ike_heal port500 10.0.0.1
check "when it can, it makes a new one" until_true 60 ike_sas 10.0.0.1 1
check "which takes its session over" log_wait 'joins conn' 1
check "and makes a new IPsec SA" log_wait 'conn: esp: aes128-sha1 spi' 30
check "packets pass both ways" both_ways pc1 192.168.0.1
check "it is the session that it was" test "$(of_session 192.168.0.1 session)" = "$first"

check "the strongSwan's ISAKMP SA is over" until_true 60 ike_sas 10.0.0.2 0
awake=$(keepalives 10.0.0.2)
check "the log says why" grep -q 'lifetime of 60 s expired' "$tmp/kanmond.log"
check "packets pass both ways" both_ways pc2 192.168.0.2
check "the NAT is kept awake all the same" until_true 30 awake_since 10.0.0.2 "$awake"
check "still without an ISAKMP SA" ike_sas 10.0.0.2 0
log_mark
ike_heal ike 10.0.0.2
check "when its keys are due, the gateway begins main mode" log_wait 'conn [0-9]* 10.0.0.2: ike: main mode: up' 60
check "and makes a new IPsec SA" log_wait 'conn [0-9]* 10.0.0.2: conn: esp: aes128-sha1 spi' 30
check "packets pass both ways" both_ways pc2 192.168.0.2
check "it is the session that it was" test "$(of_session 192.168.0.2 session)" = "$second"
for n in 1 2; do
	kill -INT "${ping[n]}"
	wait "${ping[n]}" || :
	note "$(grep 'packet loss' "$tmp/ping$n.log")"
	check "no packet to PC $n was lost all the time" grep -q ' 0% packet loss' "$tmp/ping$n.log"
	check "it disconnects" client "pc$n" down
done
check "no session is left" until_true 10 no_session
gateway_stop
