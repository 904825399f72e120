#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The reader of kanmond's stderr stops reading, like a stuck journal: clients connect all the same,
# and the lines that the log loses are counted.
#
#   pc1 10.0.0.1 ---- wan ---- [kanmond] ---- lan 192.168.0.100
source "$(dirname "$0")/_init.sh"

mkfifo "$tmp/stderr"
: >"$tmp/kanmond.log"
cat "$tmp/stderr" >>"$tmp/kanmond.log" &
reader=$!

# While the reader reads, the pipe holds what comes until it gets to run; then it holds one page.
pipe_holds() { # BYTES
	python3 -c 'import fcntl, os, sys
pipe = os.open(sys.argv[1], os.O_RDONLY | os.O_NONBLOCK)
fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, int(sys.argv[2]))' "$tmp/stderr" "$1"
}

log_mark
gateway_config log.level=debug
exec {stderr}>"$tmp/stderr"
pipe_holds $((1 << 20))
"$build/control/kanmond" -c "$config" 2>&"$stderr" {stderr}>&- &
gateway_pid=$!
exec {stderr}>&-
log_wait "is ready" || die "kanmond does not start"
vm_start vm pc1
check "while it is read, the log loses nothing" test "$(counter log lost)" = 0

kill -STOP "$reader"
until_true pipe_holds 4096 || die "the pipe is not empty"
for _ in 1 2 3; do
	check "while it is not read, the client connects" connects pc1 192.168.0.1
	check "it reaches the LAN host" reaches pc1 192.168.0.100
	check "it disconnects" client pc1 down
done
check "the lost lines are counted" test "$(counter log lost)" -gt 10

log_mark
pipe_holds $((1 << 20))
kill -CONT "$reader"
check "the client connects" connects pc1 192.168.0.1
check "the log says how many lines are missing" \
	log_wait 'main: [1-9][0-9]+ log lines were lost'
check "it goes on" log_wait 'session up'
gateway_stop
wait "$reader"
