# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# kanmon-load in a story, in place of the PCs and the LAN host:
#   emulate NAME FLAG...   runs it; writes its figures to $tmp/NAME.json, its output to
#                          $tmp/NAME.log
#   figure NAME FILTER     prints one of the figures
#   shows NAME FILTER      whether this jq filter over the figures is true
# The cables: its port c0 is on the bridge "wan", its port h0 on the bridge "lan" with the
# gateway's. It is one process, so a slow machine slows its clients down as well as the gateway; it
# sends no faster than it can. What its clients get is checked against what was sent, not against
# the time.

lay_load_cables() {
	ip link add c0 type veth peer name c1
	ip link set c1 master wan up
	ip link set c0 up
	ip link add h0 type veth peer name h1 netns lan
	ip link set h0 up
	ip -n lan addr flush dev l1
	ip -n lan link add lan type bridge
	ip -n lan link set lan up
	ip -n lan link set l1 master lan
	ip -n lan link set h1 master lan up
	for port in c0 c1 h0; do
		plain env "$port"
	done
	plain ip netns exec lan h1
}

emulate() { # NAME FLAG...
	local name=$1 status=0
	shift
	"$build/tests/load/kanmon-load" --eal-file-prefix "load-$$" --eal-hugepages false \
		--wan-device net_af_packet0,iface=c0,framecnt=4096 --wan-gateway 10.0.0.254 \
		--lan-device net_af_packet1,iface=h0,framecnt=4096 --lan-address 192.168.0.100 \
		--clients-addresses 10.0.0.1-10.0.0.199 --json "$tmp/$name.json" "$@" 2>&1 |
		tee "$tmp/$name.log" || status=$?
	# Of a build with sanitizers.
	! grep -E 'Sanitizer|runtime error' "$tmp/$name.log" >&"$out" ||
		die "a sanitizer reports of kanmon-load" >&"$out"
	return "$status"
}

figure() { # NAME FILTER
	jq -r "$2" "$tmp/$1.json"
}

shows() { # NAME FILTER
	jq '{connects, causes, traffic, rekeys, pairs, nat, inform, hostile}' "$tmp/$1.json"
	jq -e "$2" "$tmp/$1.json"
}

# The IKE suites of all its profiles, for ike.proposals with ike.allow_weak.
load_suites='[aes256-sha1-modp2048, aes256-sha256-modp2048, aes128-sha1-ecp256,
    aes256-sha1-modp1024, 3des-sha1-modp1024]'

lay_load_cables
