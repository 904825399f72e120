#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Sessions keep to their rates in each direction; the user's rate takes precedence over the group's,
# and that over the general one. Packets above the rate are dropped and counted. DSCP is copied into
# and out of the tunnel.
#
#   pc1 10.0.0.1 -----------+-- wan ---- [kanmond] ---- lan 192.168.0.100
#   pc2 192.168.1.10 - nat1 -'  nat1 is 10.0.0.11 and marks what it sends
source "$(dirname "$0")/_init.sh"
source "$e2e/_nat.sh"

bytes() { # USER FIELD
	sessions ".[] | select(.user == \"$1\").$2"
}

bytes_are() { # USER FIELD NUMBER
	(($(bytes "$1" "$2") >= $3))
}

# Twice the rate is offered: prints the bit/s at which four seconds' worth of bytes pass.
passes_at() { # USER FIELD RATE
	local from began=${EPOCHREALTIME/./} count=$(($3 * 4 / 8))
	from=$(bytes "$1" "$2")
	until_true bytes_are "$1" "$2" $((from + count)) || return 1
	echo $(((($(bytes "$1" "$2") - from) * 8000000) / (${EPOCHREALTIME/./} - began)))
}

# Never more than the rate, within 15 percent; and, as a busy machine may fall behind, once no less.
keeps() { # USER FIELD RATE
	local got=0 end=$((SECONDS + patience))
	while ((got < $3 * 85 / 100 && SECONDS < end)); do
		got=$(passes_at "$@") || return 1
		note "$1 $2: $((got / 1000)) kbit/s"
	done
	((got > $3 * 85 / 100 && got < $3 * 115 / 100))
}

dropped() { # USER FIELD
	(($(sessions ".[] | select(.user == \"$1\").$2") > 0))
}

gateway_start shaping.up=400k shaping.down=200k esp.copy_dscp_out=true esp.copy_dscp_in=true \
	groups='[{name: staff, rate_up: 800k}]' users='[
    {name: user-01, password: password123, address: 192.168.0.1, groups: [staff],
      rate_down: 600k},
    {name: user-02, password: other, address: 192.168.0.2, rate_up: unlimited}]'
vm_start vm pc1 pc2
home_make 1
home_enter pc2 1 192.168.1.10
ip netns exec nat1 nft -f - <<-END
	table ip dscp_mark {
		chain through {
			type filter hook forward priority -150
			oifname outside ip dscp set af21
		}
	}
END
check "a client connects" connects pc1 192.168.0.1
check "another client connects" connects pc2 192.168.0.2 USERNAME=user-02 PASSWORD=other

for port in 5201 5202; do
	lan iperf3 -s -D -p $port --logfile "$tmp/iperf-$port.log"
	until_true listens lan $port
done

# UDP at twice the rate, until it is killed.
offer() { # PC PORT OPTION...
	on "$1" "setsid iperf3 -u -c 192.168.0.100 -p $2 -l 1000 -t 86400 ${*:3} >/dev/null 2>&1 &
		echo \$! >/run/offer"
}

enough() { # PC
	on "$1" 'kill -- -$(cat /run/offer) 2>/dev/null; rm -f /run/offer'
}

offer pc1 5201 -b 1600k
check "what a member of the group sends exceeds the rate" until_true dropped user-01 up_dropped
check "it passes at the group's rate" keeps user-01 up_bytes 800000
enough pc1
offer pc1 5202 -b 1200k -R
check "what is sent to this user exceeds the rate" until_true dropped user-01 down_dropped
check "it passes at the user's own rate" keeps user-01 down_bytes 600000
enough pc1
check "the drops of what was sent are counted by name" counts_more drop rate_up 0
check "so are those of what was received" counts_more drop rate_down 0
check "a user without a limit has no drops" \
	test "$(sessions '.[] | select(.user == "user-02").up_dropped')" = 0

# Pings once more, until the sniffer has what it waits for.
pings_end() { # SNIFFER WHO ADDRESS [PING-OPTION...]
	from "$2" ping -c 3 -i 0.2 -W 2 "${@:4}" "$3" || :
	not kill -0 "$1"
}

# While these pings are sent, three packets like this appear on a device.
carries() { # WHERE DEVICE FILTER WHO ADDRESS [PING-OPTION...]
	from "$1" tcpdump -nn -c 3 -i "$2" "$3" >"$tmp/dscp.log" 2>&1 &
	until_true grep -q 'listening on' "$tmp/dscp.log" && until_true pings_end $! "${@:4}"
}

check "ESP packets to the client have the DSCP of what is in them" \
	carries wan w1 'src 10.0.0.254 and udp port 4500 and ip[1] = 0xb8' \
	lan 192.168.0.2 -Q 0xb8
check "a packet that was marked on its way through the WAN has the mark on the LAN" \
	carries lan l1 'src 192.168.0.2 and icmp and ip[1] = 0x48' pc2 192.168.0.100
check "in place of its own" \
	carries lan l1 'src 192.168.0.2 and icmp and ip[1] = 0x48' pc2 192.168.0.100 -Q 0xb8
check "one that was not marked has 0" \
	carries lan l1 'src 192.168.0.1 and icmp and ip[1] = 0' pc1 192.168.0.100 -Q 0xb8
gateway_stop
