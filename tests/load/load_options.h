/* SPDX-License-Identifier: BSD-3-Clause */
/* The options of kanmon-load: one table of keys, which a scenario file (YAML) and flags set. */
#ifndef LOAD_OPTIONS_H
#define LOAD_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "ip.h"

#define PROFILE_MAX 8
#define STEPS_MAX   32

enum step_kind {
	STEP_CONNECT, /* all that are down, at the rate; ends when each is up or has failed */
	STEP_HOLD, /* so many seconds without traffic */
	STEP_TRAFFIC, /* so many seconds with traffic */
	STEP_REKEY_ESP,
	STEP_REKEY_IKE,
	STEP_ROAM,
	STEP_DISCONNECT, /* orderly, at the rate; ends when all are down */
	STEP_DIE, /* all at once, without telling the gateway */
};

struct step {
	enum step_kind kind;
	double seconds;
};

struct load_options {
	/* Ports. */
	char wan_device[256], lan_device[256];
	be32 gateway; /* of the VPN */
	be32 wan_router; /* next hop to the gateway; 0: it is a neighbour */
	be32 wan_address; /* ARP is answered for it as well; 0: none */
	be32 lan_address; /* of the host on the LAN */
	bool hugepages;
	uint32_t core; /* of the loop; UINT32_MAX: any */
	uint32_t idle_sleep_us;
	uint32_t memory_mb;
	char file_prefix[64];

	/* Clients. */
	uint32_t clients;
	double rate; /* connects per second */
	char profiles[PROFILE_MAX][32]; /* used in turn */
	unsigned n_profiles;
	struct ip_range addresses; /* outer addresses */
	uint32_t nat; /* clients behind each NAT; 0: no NAT */
	double idle_s; /* 0: the profile's */
	uint32_t esp_life_kb; /* 0: the profile's */
	uint32_t pfs; /* group number; 0: none */
	uint32_t fragment; /* bytes; 0: never */
	bool contact_again;
	uint32_t nat_inside; /* private addresses behind each NAT; 0: one per client */
	char user[64], password[128], psk[128]; /* # in the user stands for the client's number */

	/* Traffic. */
	double mbps; /* inner packets of all clients, each direction */
	uint32_t size_min, size_max; /* bytes of inner IPv4 packets */
	bool up, down;
	uint32_t window; /* packets in flight without an acknowledgement; 0: sent at the rate */

	/* Impairments of what the clients send. */
	double loss, duplicate, reorder; /* percent */
	uint32_t loss_row; /* most consecutive losses of packets of one length; 0: no limit */
	uint32_t delay_ms, reorder_ms;

	/* Misbehaviour: messages per second, and numbers of clients. */
	double flood, replay, corrupt, spoof, fuzz, storm_rate;
	uint32_t half_open, wrong_psk, wrong_password, spoofers, fuzzers;
	bool flood_varied; /* more than the cookies differs */
	struct ip_range made_up; /* sources of the flood */

	struct step steps[STEPS_MAX];
	unsigned n_steps;
	uint32_t rounds;

	/* Output. */
	char json[256], pcap[256], marks[256];
	bool quiet;
	uint32_t seed;
};

/*
 * Sets defaults, then applies the arguments in order: --scenario FILE and a flag for each key.
 * Errors are printed, those of a file as file:line:key. Returns 0; -EINVAL; 1 when help or the
 * version was printed.
 */
int load_options_read(struct load_options *o, int argc, char **argv);

const char *load_step_name(enum step_kind kind);

#endif
