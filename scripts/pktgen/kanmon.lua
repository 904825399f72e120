-- SPDX-License-Identifier: BSD-3-Clause
-- Pktgen-DPDK beside kanmond with static sessions: sends both pcap files in a loop, first each alone,
-- then both at once, and prints how many packets came out on the other side. See README.md here.
--
-- Port 0 is connected to kanmond's WAN port and has the file of ESP, port 1 to its LAN port. Settings
-- come from the environment:
--   KANMON_SECONDS  length of each measurement (10)
--   KANMON_SIZE     bytes of the inner IP packets, as given to make-pcap (1400)
--   KANMON_RATE     percent of the line's rate at which to send (100)
--   KANMON_RESULTS  a file for the results, beside the screen

local WAN, LAN = 0, 1
local seconds = tonumber(os.getenv("KANMON_SECONDS") or "10")
local size = tonumber(os.getenv("KANMON_SIZE") or "1400")
local rate = tonumber(os.getenv("KANMON_RATE") or "100")
local results = os.getenv("KANMON_RESULTS")
local file = results and assert(io.open(results, "w"))

local function say(...)
	local line = string.format(...)

	print(line)
	if file then
		file:write(line, "\n")
		file:flush()
	end
end

-- Packets that the ports have sent and received since they were cleared.
local function counters()
	local stats = pktgen.portStats("all", "port")

	return {
		sent = {[WAN] = stats[WAN].opackets, [LAN] = stats[LAN].opackets},
		received = {[WAN] = stats[WAN].ipackets, [LAN] = stats[LAN].ipackets},
	}
end

local function row(name, from, to, a, b)
	local sent = b.sent[from] - a.sent[from]
	local received = b.received[to] - a.received[to]
	local pps = received / seconds

	say("%-22s %12d %12d %8.3f Mpps %8.3f Gbit/s of %d-byte packets", name, sent, received,
		pps / 1e6, pps * size * 8 / 1e9, size)
end

local function measure(name, ports)
	local a, b

	for _, port in ipairs(ports) do
		pktgen.start(tostring(port))
	end
	pktgen.sleep(2)
	a = counters()
	pktgen.sleep(seconds)
	b = counters()
	pktgen.stop("all")
	pktgen.sleep(1)
	for _, port in ipairs(ports) do
		local other = port == WAN and LAN or WAN
		local way = port == WAN and "client to LAN" or "LAN to client"

		row(name .. way, port, other, a, b)
	end
end

pktgen.screen("off")
pktgen.stop("all")
pktgen.set("all", "rate", rate)
pktgen.set("all", "count", 0)
pktgen.pcap("all", "on")
say("%-22s %12s %12s", "", "sent", "received")
measure("", {WAN})
measure("", {LAN})
measure("both: ", {WAN, LAN})
if file then
	file:close()
end
pktgen.quit()
