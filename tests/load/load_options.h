/* SPDX-License-Identifier: BSD-3-Clause */
/* What kanmon-load is to do: one table of keys, which a scenario file (YAML) and flags both set. */
#ifndef LOAD_OPTIONS_H
#define LOAD_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "ip.h"

#define PROFILE_MAX 8
#define STEPS_MAX   32

enum step_kind {
	STEP_CONNECT, /* all that are down, at the rate; ends when each is up or has failed */
	STEP_HOLD, /* seconds without traffic */
	STEP_TRAFFIC, /* seconds with it */
	STEP_REKEY_ESP,
	STEP_REKEY_IKE,
	STEP_ROAM,
	STEP_DISCONNECT, /* orderly, at the rate; ends when all are down */
	STEP_DIE, /* without a word */
};

struct step {
	enum step_kind kind;
	double seconds;
};

struct load_options {
	/* Ports. */
	char wan_device[256], lan_device[256];
	be32 gateway; /* the VPN's */
	be32 wan_router; /* next hop to it; 0: none between */
	be32 wan_address; /* answered for besides the clients'; 0: none */
	be32 lan_address; /* the LAN's host */
	bool hugepages;
	uint32_t core; /* that the loop runs on; UINT32_MAX: any */
	uint32_t idle_sleep_us;
	uint32_t memory_mb;
	char file_prefix[64];

	/* Clients. */
	uint32_t clients;
	double rate; /* connects a second */
	char profiles[PROFILE_MAX][32]; /* in turn */
	unsigned n_profiles;
	struct ip_range addresses; /* outer ones */
	uint32_t nat; /* clients behind each; 0: no NAT */
	double idle_s;
	uint32_t esp_life_kb, pfs, fragment;
	bool contact_again;
	uint32_t nat_inside; /* private addresses behind each; 0: as many as clients */
	char user[64], password[128], psk[128]; /* # in the user is the client's number */

	/* Traffic. */
	double mbps; /* of inner packets, all clients, each direction */
	uint32_t size_min, size_max; /* inner IPv4 packets */
	bool up, down;
	uint32_t window; /* 0: UDP at the rate; else packets before an acknowledgement */

	/* Impairments of what the clients send. */
	double loss, duplicate, reorder; /* percent */
	uint32_t loss_row; /* losses in a row of a sender's packets of one length; 0: any number */
	uint32_t delay_ms, reorder_ms;

	/* Misbehaviour: per second, but for the numbers of clients. */
	double flood, replay, corrupt, spoof, fuzz, storm_rate;
	uint32_t half_open, wrong_psk, wrong_password, spoofers, fuzzers;
	bool flood_varied; /* behind the cookies as well */
	struct ip_range made_up; /* the flood's sources */

	struct step steps[STEPS_MAX];
	unsigned n_steps;
	uint32_t rounds;

	/* Output. */
	char json[256], pcap[256], marks[256];
	bool quiet;
	uint32_t seed;
};

/*
 * Defaults, then the arguments in their order: --scenario FILE and a flag for each key. Mistakes are printed, those of a
 * file as file:line:key. 0; -EINVAL; 1 when help was asked for and printed.
 */
int load_options_read(struct load_options *o, int argc, char **argv);

const char *load_step_name(enum step_kind kind);

#endif
