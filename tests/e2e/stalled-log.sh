#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The reader of kanmond's stderr stops reading, as a journal that is stuck: clients connect all the same, and what the
# log has lost is counted.
#
#   pc1 10.0.0.1 ---- wan ---- [kanmond] ---- lan 192.168.0.100
source "$(dirname "$0")/_init.sh"

# The reader, with a pipe of one page.
mkfifo "$tmp/stderr"
: >"$tmp/kanmond.log"
python3 -u - "$tmp/stderr" >>"$tmp/kanmond.log" <<-'END' &
	import fcntl, os, sys
	pipe = os.open(sys.argv[1], os.O_RDONLY)
	fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 4096)
	while data := os.read(pipe, 4096):
	    os.write(1, data)
END
reader=$!
log_mark
gateway_config log.level=debug
"$build/control/kanmond" -c "$config" 2>"$tmp/stderr" &
gateway_pid=$!
log_wait "is ready" 60 || die "kanmond does not start"
vm_start vm pc1
check "with a reader nothing is lost" test "$(counter log lost)" = 0

kill -STOP "$reader"
for _ in 1 2 3; do
	check "without one the client connects" connects pc1 192.168.0.1
	check "and reaches the LAN host" on pc1 "ping -c 3 -i 0.2 -W 2 192.168.0.100"
	client pc1 down
done
check "the lines that are lost are counted" test "$(counter log lost)" -gt 10

log_mark
kill -CONT "$reader"
check "the client connects" connects pc1 192.168.0.1
check "the log says how many lines are missing" log_wait 'main: [1-9][0-9]+ log lines were lost'
check "and goes on" log_wait 'session up'
check "kanmond ends" kill "$gateway_pid"
wait "$gateway_pid" || die "kanmond ends with exit status $?"
wait "$reader"
