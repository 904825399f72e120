#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The ISAKMP SA ends before the IPsec SAs that it made: one client deletes it; that of the other
# expires while IKE does not get through. The sessions go on, the gateway keeps the NAT in front of
# it awake, and a new main mode takes each session over.
#
#   pc1 10.0.0.1 --+-- wan ---- 10.0.0.99 [natg] ---- dmz ---- [kanmond] ---- lan 192.168.0.100
#   pc2 10.0.0.2 --'           172.16.0.1          172.16.0.254
source "$(dirname "$0")/_init.sh"
source "$(dirname "$0")/_nat.sh"

gateway=(GATEWAY=10.0.0.99 GATEWAY_ID=172.16.0.254)

ike_sas() { # ADDRESS NUMBER
	[[ $(ctl --json show ike | jq --arg a "$1:" \
		'map(select(.state == "up" and (.peer | startswith($a)))) | length') == "$2" ]]
}

both_ways() { # PC LEASE
	reaches "$1" 192.168.0.100 -M "do" -s 1300 && reaches lan "$2" -M "do" -s 1300
}

of_session() { # LEASE KEY
	sessions ".[] | select(.address == \"$1\").$2"
}

dmz_make
# The gateway renews the pair after 120 s at the earliest, and tries again until it ends after 180
# s.
gateway_start ike.lifetime=60s esp.lifetime=180s \
	wan.address=172.16.0.254/24 wan.gateway=172.16.0.1 \
	users='[{name: user-01, password: password123}, {name: user-02, password: password123}]'
vm_start vm pc1 pc2
check "Libreswan connects through the gateway's NAT" connects pc1 192.168.0.1 "${gateway[@]}" \
	DAEMON=libreswan IKE=aes256-sha1-modp2048 ESP=aes128-sha1
check "strongSwan connects" connects pc2 192.168.0.2 "${gateway[@]}" USERNAME=user-02
ike_cut ike 10.0.0.2
first=$(of_session 192.168.0.1 session)
second=$(of_session 192.168.0.2 session)
for n in 1 2; do
	pings_start lan "192.168.0.$n" 0.1
done

# Libreswan would begin a new one at once.
ike_cut port500 10.0.0.1
check "Libreswan deletes its ISAKMP SA and nothing else" client pc1 forget
check "the gateway has none of that client" until_true ike_sas 10.0.0.1 0
awake=$(keepalives 10.0.0.1)
check "packets pass both ways" both_ways pc1 192.168.0.1
check "the gateway keeps the NAT awake all the same" until_true awake_since 10.0.0.1 "$awake"
check "there still is no ISAKMP SA" ike_sas 10.0.0.1 0
log_mark
ike_heal port500 10.0.0.1
check "when it can, Libreswan makes a new one" until_true ike_sas 10.0.0.1 1
check "it joins the session's connection" log_wait 'joins conn'
check "it makes a new IPsec SA" log_wait 'conn: esp: aes128-sha1 spi'
check "packets pass both ways" both_ways pc1 192.168.0.1
check "it is still the same session" test "$(of_session 192.168.0.1 session)" = "$first"

check "strongSwan's ISAKMP SA expires" until_true ike_sas 10.0.0.2 0
awake=$(keepalives 10.0.0.2)
check "the log says why" grep -q 'lifetime of 60 s expired' "$tmp/kanmond.log"
check "packets pass both ways" both_ways pc2 192.168.0.2
check "the gateway keeps the NAT awake all the same" until_true awake_since 10.0.0.2 "$awake"
check "there still is no ISAKMP SA" ike_sas 10.0.0.2 0
log_mark
ike_heal ike 10.0.0.2
check "when new keys are due, the gateway begins main mode" \
	log_wait 'conn [0-9]* 10.0.0.2: ike: main mode: up'
check "it makes a new IPsec SA" log_wait 'conn [0-9]* 10.0.0.2: conn: esp: aes128-sha1 spi'
check "packets pass both ways" both_ways pc2 192.168.0.2
check "it is still the same session" test "$(of_session 192.168.0.2 session)" = "$second"
check "all the time no ping to either client was lost" pings_stop lan
for pc in pc1 pc2; do
	check "$pc disconnects" client $pc down
done
check "no session is left" until_true no_session
gateway_stop
