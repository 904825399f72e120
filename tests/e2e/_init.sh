# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Every story sources this first. It moves the story into mount, network and process namespaces of
# its own, so that nothing outlives the story, however it ends; lays the cables; and defines:
#   gateway_config [KEY=VALUE...]   writes configs/kanmon.yaml with these changes to $config
#   gateway_start [KEY=VALUE...]    the same, and starts kanmond with it
#   gateway_stop                    ends kanmond; an exit status other than 0 fails the story
#   ctl WORD...                     kanmonctl
#   counter KIND NAME               prints a counter
#   log_mark                        log_has and log_wait look at what is logged after this
#   log_has PATTERN                 whether there is such a line
#   log_wait PATTERN                waits for one
#   check TEXT COMMAND...           one assertion: the command succeeds; prints its output if not
#   note TEXT                       prints a line from within a check
#   until_true COMMAND...           repeats the command until it succeeds
#   lan COMMAND...                  runs a command on the LAN host (192.168.0.100)
#   from WHO COMMAND...             runs a command at WHO: a PC (_vm.sh), "wan" (this namespace,
#                                   10.0.0.200), or a namespace as "lan"
#   reaches WHO ADDRESS [OPTION...] three pings are answered
#   and more below.
# A story waits for events, never for an amount of time: a machine that is much slower, or busy with
# other things, passes all the same. What has to happen may take up to $patience seconds, so that a
# story that hangs ends. Environment:
#   KANMON_PATIENCE   these seconds (300)
#   KANMON_BUILD      folder of the build (build/ of the tree)
#   KANMON_LOGS       where a failed story's logs are kept (KANMON_BUILD/e2e-logs)
#
# The cables; kanmond holds the ends w0 and l0:
#
#   PCs pcN ---- bridge wan ---- w0 [kanmond] l0 ---- l1 host in namespace lan
#   10.0.0.N     (10.0.0.200)    10.0.0.254  192.168.0.254    192.168.0.100
set -euo pipefail

e2e=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
top=$(realpath "$e2e/../..")
build=$(realpath "${KANMON_BUILD:-$top/build}")
story=$(basename "$0" .sh)
export KANMON_PATIENCE=${KANMON_PATIENCE:-300} # the programs in guest/ have the same
patience=$KANMON_PATIENCE

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

# Seconds of processor time of all that the story's process namespace has run.
cpu_seconds() {
	sed 's/.*) //' /proc/[0-9]*/stat 2>/dev/null | awk -v hz="$(getconf CLK_TCK)" \
		'{ n += $12 + $13 + $14 + $15 } END { print int(n / hz) }'
}

keep_logs() {
	local status=$? to=${KANMON_LOGS:-$build/e2e-logs}/$story pc vm
	trap - EXIT
	if ((status != 0)); then
		mkdir -p "$to"
		for pc in "${!pc_vm[@]}"; do
			vm=${pc_vm[$pc]}
			{
				VM_TIMEOUT=60 client "$pc" logs >"$tmp/$pc.log"
				VM_TIMEOUT=60 on "$pc" "ip -s addr; ip neigh" >"$tmp/$pc-links.log"
				cp "$tmp/$vm/console.log" "$tmp/$vm-console.log"
				cp "$tmp/$vm/qemu.log" "$tmp/$vm-qemu.log"
			} 2>/dev/null || :
		done
		ip -s link >"$tmp/links.log" 2>&1
		[[ -z ${gateway_pid-} ]] || ctl show counters >"$tmp/counters.log" 2>&1 || :
		cp -r "$tmp"/*.log "$tmp"/*.yaml "$to/" 2>/dev/null || :
		echo "FAILED  $story after $checks checks; its logs are in $to"
		tail -n 25 "$tmp/kanmond.log" 2>/dev/null || :
	else
		echo "passed  $story: $checks checks in $SECONDS s, $(cpu_seconds) s of CPU time"
	fi
	exit "$status"
}
trap keep_logs EXIT
exec {out}>&1

# Prints the text with the seconds since the story began.
check() { # TEXT COMMAND...
	local text=$1
	shift
	if ! "$@" >"$tmp/check.out" 2>&1; then
		cat "$tmp/check.out"
		die "$text (after $SECONDS s)"
	fi
	checks=$((checks + 1))
	printf '%5d s %s\n' "$SECONDS" "$text"
}

note() {
	echo "        $*" >&"$out"
}

not() {
	! "$@"
}

# Fails after $patience seconds, or when kanmond, which should be running, has ended.
until_true() { # COMMAND...
	local end=$((SECONDS + patience))
	until "$@"; do
		((SECONDS < end)) || return 1
		sleep 0.2
		gateway_runs || {
			"$@"
			return
		}
	done
}

# --- cables ---------------------------------------------------------------------------------------

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

from() { # WHO COMMAND...
	case $1 in
	pc[0-9]*) on "$1" "${*:2}" ;;
	wan) "${@:2}" ;;
	*) ip netns exec "$@" ;;
	esac
}

# --- the gateway ----------------------------------------------------------------------------------

# Sets one key of a YAML file like the example: "section.key=value" or "section=value".
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
				if (whole) print section ": " value
				else { print; print "  " key ": " value }
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
			if (whole) print section ": " value
			else printf "%s:\n  %s: %s\n", section, key, value
		}' "$1" >"$1.new"
	mv "$1.new" "$1"
	chmod 600 "$1"
}

gateway_config() { # [KEY=VALUE...]
	local change
	cp "$top/configs/kanmon.yaml" "$config"
	# Its rings hold what comes while a busy machine does not let kanmond run.
	for change in wan.device=net_af_packet0,iface=w0,framecnt=4096 \
		lan.device=net_af_packet1,iface=l0,framecnt=4096 \
		"control.socket=$tmp/kanmon.sock" eal.hugepages=false workers.idle_sleep_us=50 \
		"$@"; do
		set_key "$config" "$change"
	done
}

# Settings for frames as they are on the wire: net_af_packet lets the kernel reassemble fragments
# before it takes them.
raw_frames=("wan.device=net_pcap0,rx_iface_in=w0,tx_iface=w0"
	"lan.device=net_pcap1,rx_iface_in=l0,tx_iface=l0")

gateway_start() { # [KEY=VALUE...]
	gateway_config "$@"
	gateway_run
}

# kanmond with $config as it is.
gateway_run() { # [OPTION...]
	: >"$tmp/kanmond.log"
	log_mark
	"$build/control/kanmond" -c "$config" "$@" >>"$tmp/kanmond.log" 2>&1 &
	gateway_pid=$!
	log_wait "is ready" || die "kanmond does not start"
}

# Whether kanmond runs, or is not meant to.
gateway_runs() {
	[[ -z ${gateway_pid-} || -e /proc/$gateway_pid/exe ]]
}

gateway_stop() {
	local status=0
	kill "$gateway_pid"
	until_true not gateway_runs || die "kanmond does not end"
	wait "$gateway_pid" || status=$?
	unset gateway_pid
	check "kanmond ends with exit status 0" test "$status" = 0
	# Of a build with sanitizers.
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

log_has() { # PATTERN
	grep -qE -- "$1" < <(tail -n "+$log_from" "$tmp/kanmond.log")
}

log_wait() { # PATTERN
	until_true log_has "$1"
}

# How many lines of the whole log match.
logged() { # PATTERN
	grep -cE -- "$1" "$tmp/kanmond.log" || :
}

logged_more() { # PATTERN THAN
	(($(logged "$1") > $2))
}

sessions() { # JQ-FILTER
	ctl --json show sessions | jq -r "$1"
}

has_sessions() { # NUMBER
	[[ $(sessions length) == "$1" ]]
}

no_session() {
	has_sessions 0
}

# --- the LAN's ARP --------------------------------------------------------------------------------

# The gateway's Ethernet address on the LAN.
lan_mac() {
	ip -j link show l0 | jq -r '.[0].address'
}

has_neighbour() { # NAMESPACE ADDRESS: at the gateway's Ethernet address
	from "$1" ping -c 1 -W 1 "$2" >/dev/null 2>&1 || :
	[[ $(ip -n "$1" neigh show "$2") == *"lladdr $(lan_mac)"* ]]
}

arp_answers() { # ADDRESS [NAMESPACE]
	local who=${2-lan}
	ip -n "$who" neigh flush all
	until_true has_neighbour "$who" "$1"
}

# Asks for the gateway's own address afterwards: when that is answered, the other would have been.
arp_silent() { # ADDRESS [NAMESPACE GATEWAY]
	local who=${2-lan}
	ip -n "$who" neigh flush all
	not has_neighbour "$who" "$1" && until_true has_neighbour "$who" "${3-192.168.0.254}" &&
		[[ $(ip -n "$who" neigh show "$1") != *lladdr* ]]
}

# --- clients and traffic --------------------------------------------------------------------------

# The PC connects and gets the address.
connects() { # PC ADDRESS [KEY=VALUE...]
	local pc=$1 address=$2 result
	shift 2
	result=$(client "$pc" up "$@") || :
	echo "$result"
	[[ $result == "up $address 192.168.0.254" ]]
}

# Three pings are answered. ping ends early at an ICMP error, which a slow neighbour may cause.
reaches() { # WHO ADDRESS [PING-OPTION...]
	until_true from "$1" ping -c 3 -i 0.2 -w "$patience" "${@:3}" "$2"
}

# None of three pings is answered within a second. That may be a slow machine's fault: where
# something counts what is dropped, ask that as well.
is_silent() { # WHO ADDRESS [PING-OPTION...]
	not from "$1" ping -c 3 -i 0.2 -W 1 "${@:3}" "$2"
}

told_once() { # PATTERN WHO ADDRESS [PING-OPTION...]
	local said
	said=$(from "$2" ping -c 1 -W 10 "${@:4}" "$3" 2>&1) || :
	echo "$said"
	grep -qE -- "$1" <<<"$said"
}

# A ping's sender is told this, as by an ICMP error.
is_told() { # PATTERN WHO ADDRESS [PING-OPTION...]
	until_true told_once "$@"
}

pinger() { # WHO WORD...
	case $1 in
	pc[0-9]*) on "$1" "/job/pings ${*}" ;;
	*) from "$1" "$e2e/guest/pings" "$@" ;;
	esac
}

# Pings from WHO in the background, from the first answer on. Several may run at once.
pings_start() { # WHO ADDRESS INTERVAL [PING-OPTION...]
	pinger "$1" start "${@:2}" || die "$1 does not reach $2"
}

# Ends all of WHO's pings; none was lost, or what became of it as far as anyone counted.
pings_stop() { # WHO
	local sent answered
	read -r sent answered < <(pinger "$1" stop)
	note "$1: $answered of $sent pings answered"
	((sent == 0 || answered != sent)) || return 0
	ctl show sessions
	ctl show esp
	ctl show counters
	from "$1" ip -s link
	[[ $1 != pc* ]] || on "$1" "ip -s xfrm state; grep -v '[[:space:]]0$' /proc/net/xfrm_stat"
	return 1
}

# Of so many pings none is lost.
pings_all() { # WHO ADDRESS COUNT [PING-OPTION...]
	pings_start "$1" "$2" 0.1 -c "$3" "${@:4}" && pinger "$1" finish && pings_stop "$1"
}

listens() { # WHO PORT
	[[ $(from "$1" ss -Htln "sport = :$2") ]]
}

# A server for moves() in the namespace, on each of its addresses.
tcp_serve() { # NAMESPACE [PORT]
	ip netns exec "$1" "$e2e/guest/tcp" serve "${2-5201}" >"$tmp/tcp-$1-${2-5201}.log" 2>&1 &
	until_true listens "$1" "${2-5201}" || die "the TCP server does not listen"
}

# TCP carries so many bytes to the server (up) or from it (down), and they arrive as they were sent.
moves() { # WHO up|down ADDRESS BYTES [PORT]
	case $1 in
	pc*) on "$1" "/job/tcp $2 $3 ${5-5201} $4" ;;
	*) from "$1" "$e2e/guest/tcp" "$2" "$3" "${5-5201}" "$4" ;;
	esac
}

source "$e2e/_vm.sh"
lay_cables
