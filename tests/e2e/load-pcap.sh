#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# What kanmon-load captures, tshark decrypts with the keys beside it: main mode, quick mode, L2TP,
# PPP, data.
#
#   kanmon-load c0 ---- wan ---- w0 [kanmond] l0 ---- lan ---- h0 kanmon-load
#   10.0.0.1-2               10.0.0.254   192.168.0.254        192.168.0.100
source "$(dirname "$0")/_init.sh"
source "$(dirname "$0")/_load.sh"

fields=(isakmp.id.type isakmp.ipsec.attr.encap_mode l2tp.avp.message_type ppp.protocol chap.name
	udp.dstport)

# Writes the fields of each packet in a line, decrypted with the folder of keys.
decode() { # NAME KEYS
	WIRESHARK_CONFIG_DIR=$2 tshark -r "$tmp/$1.pcap" -T fields -E occurrence=l \
		"${fields[@]/#/-e}" 2>/dev/null >"$tmp/$1.fields"
}

# At least so many packets have a field that matches.
has() { # NAME FIELD PATTERN AT-LEAST
	local i n
	for i in "${!fields[@]}"; do
		[[ ${fields[i]} != "$2" ]] || n=$(awk -F '\t' -v c=$((i + 1)) -v p="$3" \
			'$c ~ p { n++ } END { print n + 0 }' "$tmp/$1.fields")
	done
	note "$1: $n packets with $2"
	((n >= $4))
}

gateway_start pools='[192.168.0.1-192.168.0.80]' ike.proposals='[aes256-sha1-modp2048]' \
	esp.proposals='[aes128-sha1]' log.level=notice

for name in plain nat; do
	flags=()
	[[ $name == plain ]] || flags=(--clients-nat 1)
	# A busy machine may lose packets between the two, which is not what this is about.
	emulate $name --clients-count 1 --traffic-mbps 0.3 --pcap "$tmp/$name.pcap" "${flags[@]}" \
		--steps connect,traffic:1,rekey-esp,traffic:1,disconnect >/dev/null || :
	check "$name: a client was up, and is captured" \
		shows $name '.connects | .up == 1 and .failures == 0'
	decode $name "$tmp/$name.pcap.keys"
	# The identities of message 5 and of quick mode are encrypted.
	check "$name: identities" has $name isakmp.id.type 1 4
	check "$name: the offers of quick mode" has $name isakmp.ipsec.attr.encap_mode . 2
	check "$name: L2TP's control messages" has $name l2tp.avp.message_type . 6
	check "$name: LCP, CHAP, IPCP, data" has $name ppp.protocol . 10
	check "$name: the user's name" has $name chap.name user-01 1
	sent=$(figure $name '.traffic.up.sent + .traffic.down.arrived')
	check "$name: all $sent packets of data, before and after the new keys" \
		has $name udp.dstport '^5001$' "$sent"
	decode $name /nonexistent
	check "$name: nothing of that without the keys" not has $name ppp.protocol . 1
done
gateway_stop
