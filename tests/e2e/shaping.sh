#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Sessions keep to their rates in each direction: that of the user before that of the group before that of all; what
# is above is dropped and counted. DSCP goes into and out of the tunnel.
#
#   pc1 10.0.0.1 -----------+-- wan ---- [kanmond] ---- lan 192.168.0.100
#   pc2 192.168.1.10 - nat1 -'  nat1 is 10.0.0.11 and marks what it sends
source "$(dirname "$0")/_init.sh"
source "$e2e/_nat.sh"

# Bytes a second that the counter of a session grows by while twice its rate is offered.
grows_by() { # USER FIELD
	local from to began ended
	from=$(sessions ".[] | select(.user == \"$1\").$2")
	began=${EPOCHREALTIME/./}
	sleep 4
	to=$(sessions ".[] | select(.user == \"$1\").$2")
	ended=${EPOCHREALTIME/./}
	echo $(((to - from) * 1000000 / (ended - began)))
}

# The rate in bit/s, within 15 percent.
keeps() { # USER FIELD RATE
	local got
	got=$(($(grows_by "$1" "$2") * 8))
	note "$1 $2: $((got / 1000)) kbit/s"
	((got > $3 * 85 / 100 && got < $3 * 115 / 100))
}

dropped() { # USER FIELD
	(($(sessions ".[] | select(.user == \"$1\").$2") > 0))
}

gateway_start shaping.up=2M shaping.down=1M esp.copy_dscp_out=true esp.copy_dscp_in=true \
	groups='[{name: staff, rate_up: 4M}]' users='[
		{name: user-01, password: password123, address: 192.168.0.1, groups: [staff], rate_down: 3M},
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

lan iperf3 -s -D -I "$tmp/iperf.pid" --logfile "$tmp/iperf.log"
lan iperf3 -s -D -p 5202 -I "$tmp/iperf2.pid" --logfile "$tmp/iperf2.log"
until_true 10 test -s "$tmp/iperf.pid" -a -s "$tmp/iperf2.pid"

offer() { # PC PORT OPTION...: UDP at twice the rate, until it is killed
	on "$1" "setsid iperf3 -u -c 192.168.0.100 -p $2 -l 1000 -t 60 ${*:3} >/dev/null 2>&1 & echo \$! >/run/offer"
}

enough() { # PC
	on "$1" 'kill -- -$(cat /run/offer) 2>/dev/null; rm -f /run/offer'
}

offer pc1 5201 -b 8M
until_true 20 dropped user-01 up_dropped
check "what a user of the group sends is at the group's rate" keeps user-01 up_bytes 4000000
enough pc1
offer pc1 5202 -b 6M -R
until_true 20 dropped user-01 down_dropped
check "what he receives is at his own" keeps user-01 down_bytes 3000000
enough pc1
check "drops have their names" counts_more drop rate_up 0
check "in both directions" counts_more drop rate_down 0
check "who has no limit has no drops" test "$(sessions '.[] | select(.user == "user-02").up_dropped')" = 0

# Waits until there are three packets like this, while the command sends them.
carries() { # RUNNER DEVICE FILTER COMMAND...
	local pid
	"$1" timeout 20 tcpdump -nn -c 3 -i "$2" "$3" >"$tmp/dscp.log" 2>&1 &
	pid=$!
	until_true 10 grep -q 'listening on' "$tmp/dscp.log"
	"${@:4}" || :
	wait "$pid"
}

check "packets with DSCP go to the client with it outside" \
	carries env w1 'src 10.0.0.254 and udp port 4500 and ip[1] = 0xb8' \
	lan ping -Q 0xb8 -c 3 -i 0.2 -W 2 192.168.0.2
check "what was marked on its way through the WAN is so on the LAN" \
	carries lan l1 'src 192.168.0.2 and icmp and ip[1] = 0x48' on pc2 "ping -c 3 -i 0.2 -W 2 192.168.0.100"
check "in place of what the client had said" \
	carries lan l1 'src 192.168.0.2 and icmp and ip[1] = 0x48' on pc2 "ping -Q 0xb8 -c 3 -i 0.2 -W 2 192.168.0.100"
check "and what was not is 0" \
	carries lan l1 'src 192.168.0.1 and icmp and ip[1] = 0' on pc1 "ping -Q 0xb8 -c 3 -i 0.2 -W 2 192.168.0.100"
gateway_stop
