# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Sourced first by every story: puts it into namespaces of its own (mount, network, processes), so that nothing
# of it is left when it ends, however it ends; lays the cables; and gives it these words:
#   gateway_config [KEY=VALUE...]  configs/kanmon.yaml with these changes into $config
#   gateway_start [KEY=VALUE...]   the same, and kanmond with it
#   gateway_stop                   ends it; an exit status but 0 fails the story
#   ctl WORD...                    kanmonctl
#   counter KIND NAME              a counter's value
#   log_mark; log_wait PATTERN [SECONDS]   waits for a line that is written after the mark
#   lan COMMAND...                 on the LAN host (192.168.0.100)
#   station_make NAME ADDRESS      one more host of the WAN, in the namespace NAME
#   check TEXT COMMAND...          one assertion: the command succeeds; its output is shown only if it does not
#   note TEXT                      a line for the reader, from within a check
#   until_true SECONDS COMMAND...  repeats the command until it succeeds
# and those of _vm.sh for PCs. Environment:
#   KANMON_BUILD    folder of the build (build/ of the tree)
#   KANMON_LOGS     where the logs of a story that failed are kept (KANMON_BUILD/e2e-logs)
#
# The cables, of which kanmond holds the ends w0 and l0:
#
#   PCs pcN ---- bridge wan ---- w0 [kanmond] l0 ---- l1 host in namespace lan
#   10.0.0.N     (10.0.0.200)    10.0.0.254  192.168.0.254    192.168.0.100
set -euo pipefail

e2e=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
top=$(realpath "$e2e/../..")
build=$(realpath "${KANMON_BUILD:-$top/build}")
story=$(basename "$0" .sh)

if [[ ${KANMON_E2E_INSIDE-} != "$story" ]]; then
	"$e2e/vm" prepare
	KANMON_E2E_INSIDE=$story exec unshare --mount --net --pid --fork --kill-child --mount-proc \
		--propagation private "$BASH" "$0" "$@"
fi

mount -t tmpfs none /run
mkdir /run/netns /run/story
tmp=/run/story
config=$tmp/kanmon.yaml
checks=0

die() {
	echo "FAILED  $story: $*"
	exit 1
}

keep_logs() {
	local status=$? to=${KANMON_LOGS:-$build/e2e-logs}/$story pc
	trap - EXIT
	if ((status != 0)); then
		mkdir -p "$to"
		for pc in "${!pc_vm[@]}"; do
			VM_TIMEOUT=10 client "$pc" logs >"$tmp/$pc.log" 2>&1 || :
			VM_TIMEOUT=10 on "$pc" "ip -s addr; ip neigh" >"$tmp/$pc-links.log" 2>&1 || :
			cp "$tmp/${pc_vm[$pc]}/console.log" "$tmp/${pc_vm[$pc]}-console.log" 2>/dev/null || :
			cp "$tmp/${pc_vm[$pc]}/qemu.log" "$tmp/${pc_vm[$pc]}-qemu.log" 2>/dev/null || :
		done
		ip -s link >"$tmp/links.log" 2>&1
		[[ -z ${gateway_pid-} ]] || ctl show counters >"$tmp/counters.log" 2>&1 || :
		cp -r "$tmp"/*.log "$tmp"/*.yaml "$to/" 2>/dev/null || :
		echo "FAILED  $story after $checks checks; its logs are in $to"
		tail -n 25 "$tmp/kanmond.log" 2>/dev/null || :
	else
		echo "passed  $story: $checks checks"
	fi
	exit "$status"
}
trap keep_logs EXIT
exec {out}>&1

check() { # TEXT COMMAND...
	local text=$1
	shift
	if ! "$@" >"$tmp/check.out" 2>&1; then
		cat "$tmp/check.out"
		die "$text"
	fi
	checks=$((checks + 1))
	echo "        $text"
}

# A line for the reader out of a command that is checked.
note() {
	echo "        $*" >&"$out"
}

not() {
	! "$@"
}

until_true() { # SECONDS COMMAND...
	local end=$((${EPOCHREALTIME/./} + $1 * 1000000))
	shift
	until "$@"; do
		((${EPOCHREALTIME/./} < end)) || return 1
		sleep 0.1
	done
}

# --- cables ---------------------------------------------------------------------------------------------------

# A port whose frames are as on a wire: checksums in them, one packet in each.
plain() { # COMMAND... DEVICE
	"${@:1:$#-1}" ethtool -K "${!#}" tx off rx off gso off tso off gro off >/dev/null 2>&1
}

lay_cables() {
	echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6
	echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6
	ip link set lo up
	ip link add wan type bridge
	ip link set wan address 02:00:00:00:00:c8 up
	ip addr add 10.0.0.200/24 dev wan
	ip link add w0 type veth peer name w1
	ip link set w1 master wan up
	ip link set w0 up
	ip netns add lan
	ip link add l0 type veth peer name l1 netns lan
	ip link set l0 up
	ip -n lan link set lo up
	ip -n lan link set l1 up
	ip -n lan addr add 192.168.0.100/24 dev l1
	for port in w0 w1 l0; do
		plain env "$port"
	done
	plain ip netns exec lan l1
}

# A host of the WAN in a namespace of its own, with one address on its `port`.
station_make() { # NAME ADDRESS
	ip netns add "$1"
	ip link add "$1" type veth peer name port netns "$1"
	ip link set "$1" master wan up
	ip -n "$1" link set lo up
	ip -n "$1" link set port up
	ip -n "$1" addr add "$2" dev port
	plain env "$1"
	plain ip netns exec "$1" port
}

lan() {
	ip netns exec lan "$@"
}

# --- the gateway ----------------------------------------------------------------------------------------------

# Sets one key of a YAML file like the example: "section.key=value" or "section=value", value in one line.
set_key() { # FILE KEY=VALUE
	local path=${2%%=*} value=${2#*=}
	SECTION=${path%%.*} KEY=${path#*.} VALUE=$value awk '
		function indent(s) { match(s, /^ */); return RLENGTH }
		BEGIN {
			section = ENVIRON["SECTION"]; key = ENVIRON["KEY"]; value = ENVIRON["VALUE"]
			whole = section == key
		}
		/^[a-z][a-z0-9_]*:/ {
			inside = index($0, section ":") == 1
			if (inside) {
				found = 1
				if (whole) { print section ": " value } else { print; print "  " key ": " value }
				next
			}
		}
		/^#/ || /^$/ { print; next }
		inside && whole { next }
		inside && index($0, "  " key ":") == 1 { below = 1; next }
		inside && below && indent($0) > 2 { next }
		{ below = 0; print }
		END {
			if (found) exit
			if (whole) print section ": " value; else printf "%s:\n  %s: %s\n", section, key, value
		}' "$1" >"$1.new"
	mv "$1.new" "$1"
	chmod 600 "$1"
}

gateway_config() { # [KEY=VALUE...]
	local change
	cp "$top/configs/kanmon.yaml" "$config"
	for change in "wan.device=net_af_packet0,iface=w0" "lan.device=net_af_packet1,iface=l0" \
		"control.socket=$tmp/kanmon.sock" eal.hugepages=false workers.idle_sleep_us=50 "$@"; do
		set_key "$config" "$change"
	done
}

gateway_start() { # [KEY=VALUE...]
	gateway_config "$@"
	: >"$tmp/kanmond.log"
	log_mark
	"$build/control/kanmond" -c "$config" >>"$tmp/kanmond.log" 2>&1 &
	gateway_pid=$!
	log_wait "is ready" 60 || die "kanmond does not start"
}

gateway_stop() {
	local status=0
	kill "$gateway_pid"
	wait "$gateway_pid" || status=$?
	unset gateway_pid
	check "kanmond ends with exit status 0" test "$status" = 0
	# What a build with sanitizers has to say.
	check "kanmond's log has no report of a sanitizer" \
		not grep -E 'Sanitizer|runtime error' "$tmp/kanmond.log"
}

ctl() {
	"$build/control/kanmonctl" -s "$tmp/kanmon.sock" "$@"
}

counter() { # KIND NAME
	ctl --json show counters all | jq -r --arg k "$1" --arg n "$2" \
		'[.[] | select(.kind == $k and .name == $n).count] | add // 0'
}

counts_more() { # KIND NAME THAN
	(($(counter "$1" "$2") > $3))
}

log_mark() {
	log_from=$(($(wc -l <"$tmp/kanmond.log") + 1))
}

log_wait() { # PATTERN [SECONDS]
	grep -qEm1 -- "$1" < <(timeout "${2:-30}" tail -n "+$log_from" -F "$tmp/kanmond.log" 2>/dev/null)
}

# --- what many stories ask ------------------------------------------------------------------------------------

sessions() { # JQ-FILTER
	ctl --json show sessions | jq -r "$1"
}

no_session() {
	[[ $(sessions length) == 0 ]]
}

# The gateway's address on the LAN, as hosts there see it.
lan_mac() {
	ip -j link show l0 | jq -r '.[0].address'
}

# Whether someone on the LAN answers ARP for the address.
arp_answers() { # ADDRESS
	lan ip neigh flush all
	lan ping -c 1 -W 1 "$1" >/dev/null 2>&1 || :
	[[ $(lan ip neigh show "$1") == *"lladdr $(lan_mac)"* ]]
}

# The PC connects and gets the address.
connects() { # PC ADDRESS [KEY=VALUE...]
	local pc=$1 address=$2 result
	shift 2
	result=$(client "$pc" up "$@") || :
	echo "$result"
	[[ $result == "up $address 192.168.0.254" ]]
}

# Not one of so many pings to the LAN host is lost; if one is, what became of it as far as anyone counted.
pings_all() { # PC COUNT INTERVAL [SIZE]
	local said
	said=$(on "$1" "/job/pings $2 $3 192.168.0.100 ${4-56}") || :
	[[ $said != "$2 $2" ]] || return 0
	echo "sent and received: $said"
	ctl show sessions
	ctl show esp
	ctl show counters
	on "$1" "ip -s xfrm state; grep -v '[[:space:]]0$' /proc/net/xfrm_stat; ip -s link show ppp0"
	return 1
}

source "$e2e/_vm.sh"
lay_cables
