# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Guests, and the PCs in them, as a story sees them. A PC is called pcN: it has the address 10.0.0.N
# and is a port of the bridge "wan". Several may share a guest, which boots once for all of them.
#   vm_start VM PC...       boots a guest that holds these PCs
#   vm_exec VM COMMANDS     runs commands in the guest itself
#   vm_kill VM              powers it off as if the plug was pulled
#   on PC COMMANDS          runs commands in a PC; prints their output, returns their status
#   client PC WORD...       the PC's VPN client (guest/client)

declare -A vm_pid pc_vm

vm_start() {
	local vm=$1 job=$tmp/$1 nics=() pc n mac fd offloads=csum=off,gso=off,guest_csum=off
	offloads+=,guest_tso4=off,guest_ufo=off
	shift
	mkdir -p "$job"
	cp "$e2e"/guest/* "$job/"
	echo "$KANMON_PATIENCE" >"$job/patience"
	for pc; do
		n=${pc#pc}
		pc_vm[$pc]=$vm
		ip tuntap add "tap-$pc" mode tap
		ip link set "tap-$pc" master wan up
		mac=$(printf 52:54:00:00:00:%02x "$n")
		nics+=(-netdev "tap,id=$pc,ifname=tap-$pc,script=no,downscript=no"
			-device "virtio-net-pci,netdev=$pc,mac=$mac,romfile=,$offloads")
	done
	"$e2e/vm" run "$job" "${nics[@]}" >"$job/qemu.log" 2>&1 &
	vm_pid[$vm]=$!
	mkfifo "$job/ready.done"
	exec {fd}<>"$job/ready.done"
	vm_answers "$job" &
	if [[ $(vm_wait "$vm" ready "$fd" "$patience") != 0 ]]; then
		cat "$job/console.log" "$job/qemu.log" >&2
		die "the guest does not boot"
	fi
	exec {fd}>&-
	n=0
	for pc; do
		vm_exec "$vm" "/job/pc $pc eth$n 10.0.0.${pc#pc}/24"
		n=$((n + 1))
	done
}

# Hands each answer of the agent to the caller that waits for it; at the guest's end, tells all of
# them.
vm_answers() { # FOLDER
	local job status pipe
	until [[ -p $1/ctl.out ]]; do sleep 0.05; done
	while read -r job status; do
		echo "$status" >"$1/$job.done"
	done <"$1/ctl.out"
	for pipe in "$1"/*.done; do
		echo gone >"$pipe"
	done
}

# Prints what the job's pipe gives, or "gone" or "late".
vm_wait() { # VM JOB FD SECONDS
	local status part=""
	for ((i = 0; i < $4; i++)); do
		if read -r -t 1 -u "$3" status; then
			echo "$part$status"
			return
		fi
		# The second may be over in the middle of the line.
		part+=$status
		kill -0 "${vm_pid[$1]}" 2>/dev/null || break
	done
	echo late
}

# The commands may wait for $patience seconds themselves.
vm_exec() { # VM COMMANDS [PC]
	local job=$tmp/$1 id status fd
	id=$(mktemp -u XXXXXXXX)
	printf '%s\n' "$2" >"$job/$id.sh"
	mkfifo "$job/$id.done"
	exec {fd}<>"$job/$id.done"
	# Open for both ways, as nobody reads it when the guest is gone.
	echo "$id ${3:--}" 1<>"$job/ctl.in"
	status=$(vm_wait "$1" "$id" "$fd" "${VM_TIMEOUT:-$((2 * patience))}")
	exec {fd}>&-
	rm "$job/$id.done"
	cat "$job/$id.out" 2>/dev/null || :
	if [[ $status != [0-9]* ]]; then
		echo "guest $1: $status" >&2
		return 125
	fi
	return "$status"
}

vm_kill() {
	local pc
	kill -KILL "${vm_pid[$1]}"
	wait "${vm_pid[$1]}" 2>/dev/null || :
	for pc in "${!pc_vm[@]}"; do
		[[ ${pc_vm[$pc]} == "$1" ]] || continue
		ip link del "tap-$pc"
		unset "pc_vm[$pc]"
	done
	unset "vm_pid[$1]"
	rm -rf "${tmp:?}/$1"
}

on() { # PC COMMANDS
	vm_exec "${pc_vm[$1]}" "$2" "$1"
}

client() { # PC WORD...
	local pc=$1
	shift
	on "$pc" "/job/client ${*@Q}"
}
