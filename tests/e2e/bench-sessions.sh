#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Static sessions for benchmarks: kanmond takes what make-pcap writes for them, from a looping file
# and as fast as it can, and all of it comes out on the other side.
#
#   no client: wan.pcap --> [kanmond] --> lan 192.168.0.100
#              10.0.0.200 <-- [kanmond] <-- lan.pcap
source "$(dirname "$0")/_init.sh"

plan=$tmp/sessions.yaml
count=16
mac0=02:70:63:61:70:00 mac1=02:70:63:61:70:01 # of the first and second port of net_pcap

static_config() { # [KEY=VALUE...]
	gateway_config eal.file_prefix=bench-sessions workers.cores='[1, 0]' "$@"
	# Static sessions and users exclude each other.
	awk '/^[a-z]/ { out = /^users:/ } !out' "$config" >"$config.new"
	mv "$config.new" "$config"
	chmod 600 "$config"
	sed "s/^peer_mac:.*/peer_mac: $(mac wan)/; s/^server_mac:.*/server_mac: $(mac l1 lan)/" \
		"$top/scripts/pktgen/sessions.yaml" >"$plan"
}

mac() { # DEVICE [NAMESPACE]
	ip ${2:+-n "$2"} -j link show "$1" | jq -r '.[0].address'
}

static_start() {
	gateway_run --bench-sessions "$plan"
}

make_pcap() {
	KANMON_BUILD=$build "$top/scripts/pktgen/make-pcap" -c "$config" -s "$plan" "$@"
}

sums() { # KIND
	ctl --json show counters all |
		jq -r --arg k "$1" '[.[] | select(.kind == $k).count] | add // 0'
}

stage() { # NAME
	ctl --json show stages | jq -r --arg n "$1" '.[] | select(.stage == $n).packets'
}

# So many packets leave by each port; meanwhile none is dropped or punted to control.
both_pass() { # PACKETS
	local lan wan drops punts
	lan=$(stage lan_out) wan=$(stage wan_out) drops=$(sums drop) punts=$(sums punt)
	until_true more_than lan_out $((lan + $1)) || return 1
	until_true more_than wan_out $((wan + $1)) || return 1
	ctl show counters
	[[ $(sums drop) == "$drops" && $(sums punt) == "$punts" ]]
}

more_than() { # STAGE PACKETS
	(($(stage "$1") > $2))
}

# Waits for 400 packets that match; prints how many sources or destinations they have.
seen() { # FIELD TCPDUMP-ARGUMENTS...
	local field=$1
	shift
	timeout "$patience" tcpdump -nn -c 400 "$@" 2>/dev/null |
		awk -v f="$field" '{ sub(":$", "", $f); print $f }' | sort -u | wc -l
}

refuses() { # PATTERN COMMAND...
	local pattern=$1 status=0 words
	shift
	words=$(timeout "$patience" "$@" 2>&1) || status=$?
	echo "$words (exit status $status)"
	[[ $status == 2 ]] && grep -qE "$pattern" <<<"$words"
}

kanmond=$build/control/kanmond
static_config
check "the example of sessions passes --check" \
	"$kanmond" --check -c "$config" --bench-sessions "$plan"
check "without static sessions, users are required" \
	refuses 'users: is missing' "$kanmond" --check -c "$config"
cp "$plan" "$plan.bad"
echo "counts: 3" >>"$plan.bad"
check "an unknown key is refused" refuses 'counts: unknown key' \
	"$kanmond" --check -c "$config" --bench-sessions "$plan.bad"
gateway_config
check "static sessions and users together are refused" refuses 'users: must be empty' \
	"$kanmond" -c "$config" --bench-sessions "$plan"

# Client to LAN.
static_config "wan.device=net_pcap0,rx_pcap=$tmp/wan.pcap,infinite_rx=1"
check "make-pcap writes ESP" make_pcap --wan "$tmp/wan.pcap" --wan-mac "$mac0"
static_start
check "the log warns" grep -q "FOR BENCHMARKS ONLY: $count static sessions" "$tmp/kanmond.log"
whole='src net 192.168.0.0/27 and dst 192.168.0.100 and ip[2:2] = 1400'
check "packets of all clients arrive on the LAN, whole" test \
	"$(lan bash -c "$(declare -f seen); patience=$patience; seen 3 -i l1 '$whole'")" = "$count"
gateway_stop

# LAN to client. The second worker has no queue: it is handed the packets of its sessions.
static_config "lan.device=net_pcap0,rx_pcap=$tmp/lan.pcap,infinite_rx=1"
check "make-pcap writes packets to the clients" make_pcap --lan "$tmp/lan.pcap" --lan-mac "$mac0"
static_start
check "ESP to all of them leaves by the WAN, whole" test \
	"$(seen 5 -i wan 'esp and src 10.0.0.254 and ip[2:2] > 1400')" = "$count"
gateway_stop

# Both at once, as fast as they can be read, on one worker; what is sent goes nowhere.
static_config workers.cores='[1]' "wan.device=net_pcap0,rx_pcap=$tmp/wan.pcap,infinite_rx=1" \
	"lan.device=net_pcap1,rx_pcap=$tmp/lan.pcap,infinite_rx=1"
check "make-pcap writes both files at once" make_pcap --wan "$tmp/wan.pcap" --wan-mac "$mac0" \
	--lan "$tmp/lan.pcap" --lan-mac "$mac1" --packets 1024
static_start
check "a million packets pass each way; none is dropped or punted to control" both_pass 1000000
gateway_stop

# With anti-replay, a file that loops passes once.
sed -i 's/^anti_replay:.*/anti_replay: true/' "$plan"
static_start
check "with anti-replay, repeated packets are dropped" \
	until_true counts_more drop esp_replay 100000
gateway_stop
