/* SPDX-License-Identifier: BSD-3-Clause */
#include "load_options.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load_scenario.h"
#include "profile.h"
#include "version.h"

enum type {
	TYPE_TEXT,
	TYPE_ADDRESS,
	TYPE_RANGE,
	TYPE_NUMBER, /* uint32_t */
	TYPE_REAL, /* double */
	TYPE_BOOL,
	TYPE_DIRECTION,
	TYPE_SIZES, /* "64-1400", "512" */
	TYPE_PROFILES,
	TYPE_STEPS,
};

struct key {
	const char *path; /* in a scenario; a flag has '-' in place of '.' and '_' */
	enum type type;
	size_t at, size;
	double min, max;
	const char *def; /* NULL: required */
	const char *help;
};

#define AT(field) offsetof(struct load_options, field), sizeof(((struct load_options *)0)->field)
#define U32       4294967295.0

/* clang-format off */
static const struct key keys[] = {
	{"wan.device", TYPE_TEXT, AT(wan_device), 0, 0, NULL,
		"port that faces the gateway: PCI address, or vdev such as "
		"net_af_packet0,iface=eth0"},
	{"wan.gateway", TYPE_ADDRESS, AT(gateway), 0, 0, NULL, "address of the VPN gateway"},
	{"wan.router", TYPE_ADDRESS, AT(wan_router), 0, 0, "0.0.0.0",
		"next hop to the gateway, if it is not in the port's network"},
	{"wan.address", TYPE_ADDRESS, AT(wan_address), 0, 0, "0.0.0.0",
		"one more address to answer ARP for, as the clients' router"},
	{"lan.device", TYPE_TEXT, AT(lan_device), 0, 0, "",
		"port on the gateway's LAN, where test packets are checked and answered"},
	{"lan.address", TYPE_ADDRESS, AT(lan_address), 0, 0, "192.168.0.100",
		"address of the host on that port"},
	{"eal.hugepages", TYPE_BOOL, AT(hugepages), 0, 0, "true",
		"allocate memory from huge pages"},
	{"eal.core", TYPE_NUMBER, AT(core), 0, 1023, "1", "core that everything runs on"},
	{"eal.idle_sleep_us", TYPE_NUMBER, AT(idle_sleep_us), 0, 10000, "50",
		"microseconds to sleep in a turn without packets; 0: poll all the time"},
	{"eal.memory_mb", TYPE_NUMBER, AT(memory_mb), 0, 65536, "0",
		"megabytes of memory for DPDK; 0: its default"},
	{"eal.file_prefix", TYPE_TEXT, AT(file_prefix), 0, 0, "kanmon-load",
		"distinguishes the DPDK processes of a machine"},
	{"clients.count", TYPE_NUMBER, AT(clients), 0, 100000, "1", "number of clients"},
	{"clients.rate", TYPE_REAL, AT(rate), 0.01, 1e6, "100",
		"connects and disconnects per second"},
	{"clients.profiles", TYPE_PROFILES, AT(profiles), 0, 0, "windows11",
		"kinds of clients, in turn: names separated by commas, or all"},
	{"clients.addresses", TYPE_RANGE, AT(addresses), 0, 0, NULL,
		"outer addresses: one per client, or one per NAT"},
	{"clients.nat", TYPE_NUMBER, AT(nat), 0, 8000, "0",
		"clients that share the address of a NAT; 0: no NAT"},
	{"clients.nat_inside", TYPE_NUMBER, AT(nat_inside), 0, 8000, "0",
		"private addresses behind each NAT; 0: one per client"},
	{"clients.idle_s", TYPE_REAL, AT(idle_s), 0, 1e6, "0",
		"idle time after which a client deletes its ESP pair, to make a new one on "
		"demand; 0: the profile's"},
	{"clients.esp_life_kb", TYPE_NUMBER, AT(esp_life_kb), 0, UINT32_MAX, "0",
		"lifetime of an ESP pair in kilobytes; 0: the profile's"},
	{"clients.pfs", TYPE_NUMBER, AT(pfs), 0, 21, "0",
		"IKE group for perfect forward secrecy (14: MODP-2048); 0: none"},
	{"clients.fragment", TYPE_NUMBER, AT(fragment), 0, 8192, "0",
		"send encrypted IKE messages longer than this in fragments; 0: never"},
	{"clients.contact_again", TYPE_BOOL, AT(contact_again), 0, 0, "false",
		"send INITIAL-CONTACT with each new ISAKMP SA, also in the middle of a session"},
	{"clients.user", TYPE_TEXT, AT(user), 0, 0, "user-01",
		"user name; # stands for the client's number"},
	{"clients.password", TYPE_TEXT, AT(password), 0, 0, "password123", "password"},
	{"clients.psk", TYPE_TEXT, AT(psk), 0, 0, "secret123", "pre-shared key"},
	{"traffic.mbps", TYPE_REAL, AT(mbps), 0.001, 1e6, "10",
		"megabits of inner packets per second, of all clients together, in each direction"},
	{"traffic.size", TYPE_SIZES, AT(size_min), 72, 1400, "72-1280",
		"size range of inner packets in bytes; macOS and iOS accept at most 1280"},
	{"traffic.direction", TYPE_DIRECTION, AT(up), 0, 0, "both", "up, down or both"},
	{"traffic.window", TYPE_NUMBER, AT(window), 0, 512, "0",
		"packets in flight, paced by acknowledgements as TCP is; 0: sent at the rate, "
		"as UDP is"},
	{"impair.loss", TYPE_REAL, AT(loss), 0, 100, "0",
		"percentage of the clients' packets to lose"},
	{"impair.loss_row", TYPE_NUMBER, AT(loss_row), 0, 1000, "0",
		"most consecutive losses of a client's packets of one length; 0: no limit"},
	{"impair.duplicate", TYPE_REAL, AT(duplicate), 0, 100, "0", "percentage to send twice"},
	{"impair.reorder", TYPE_REAL, AT(reorder), 0, 100, "0",
		"percentage to hold back so that others overtake them"},
	{"impair.reorder_ms", TYPE_NUMBER, AT(reorder_ms), 1, 1000, "5",
		"how long to hold them back"},
	{"impair.delay_ms", TYPE_NUMBER, AT(delay_ms), 0, 10000, "0",
		"delay of all packets of the clients"},
	{"hostile.flood", TYPE_REAL, AT(flood), 0, 1e6, "0",
		"first IKE messages per second from made-up addresses"},
	{"hostile.flood_varied", TYPE_BOOL, AT(flood_varied), 0, 0, "false",
		"make all of these messages different, so that none is recognised"},
	{"hostile.made_up", TYPE_RANGE, AT(made_up), 0, 0, "198.18.0.0-198.19.255.255",
		"the made-up addresses"},
	{"hostile.half_open", TYPE_NUMBER, AT(half_open), 0, 10000, "0",
		"clients that abandon main mode after the third message, again and again"},
	{"hostile.wrong_psk", TYPE_NUMBER, AT(wrong_psk), 0, 10000, "0",
		"clients that try a wrong key, again and again"},
	{"hostile.wrong_password", TYPE_NUMBER, AT(wrong_password), 0, 10000, "0",
		"clients that try a wrong password, again and again"},
	{"hostile.storm_rate", TYPE_REAL, AT(storm_rate), 0.01, 1e6, "20",
		"tries per second of each of these three kinds"},
	{"hostile.replay", TYPE_REAL, AT(replay), 0, 1e6, "0",
		"ESP packets of good clients to send again, per second"},
	{"hostile.corrupt", TYPE_REAL, AT(corrupt), 0, 1e6, "0",
		"ESP packets of good clients to send again with a bit flipped, per second"},
	{"hostile.spoofers", TYPE_NUMBER, AT(spoofers), 0, 10000, "0",
		"clients that send from inner addresses of others"},
	{"hostile.spoof", TYPE_REAL, AT(spoof), 0, 1e6, "100", "packets per second of all of them"},
	{"hostile.fuzzers", TYPE_NUMBER, AT(fuzzers), 0, 10000, "0",
		"clients that send mutated control messages inside their tunnels"},
	{"hostile.fuzz", TYPE_REAL, AT(fuzz), 0, 1e6, "100", "messages per second of all of them"},
	{"steps", TYPE_STEPS, AT(steps), 0, 0, "connect,traffic:5,disconnect",
		"connect, hold:S, traffic:S, rekey-esp, rekey-ike, roam, die, disconnect"},
	{"rounds", TYPE_NUMBER, AT(rounds), 1, 1000000, "1", "number of times to run all steps"},
	{"seed", TYPE_NUMBER, AT(seed), 0, U32, "1", "seed of random sizes and impairments"},
	{"json", TYPE_TEXT, AT(json), 0, 0, "", "file for the results"},
	{"pcap", TYPE_TEXT, AT(pcap), 0, 0, "",
		"file for the packets on the WAN port; FILE.keys is a Wireshark profile that "
		"decrypts them"},
	{"marks", TYPE_TEXT, AT(marks), 0, 0, "",
		"file that gets a line at the beginning of each step, for scripts to wait for"},
	{"quiet", TYPE_BOOL, AT(quiet), 0, 0, "false", "no progress line"},
};
/* clang-format on */
#define N_KEYS (sizeof(keys) / sizeof(keys[0]))

static const char *const step_names[] = {
	"connect", "hold", "traffic", "rekey-esp", "rekey-ike", "roam", "disconnect", "die"};
#define N_STEPS (sizeof(step_names) / sizeof(step_names[0]))

const char *
load_step_name(enum step_kind kind)
{
	return step_names[kind];
}

/* --- values: each reader returns NULL, or what is wrong --------------------------------------- */

static const char *
read_real(const char *text, double min, double max, double *out)
{
	static _Thread_local char why[64];
	char *end;

	errno = 0;
	*out = strtod(text, &end);
	if (end == text || *end != '\0' || errno != 0 || !isfinite(*out))
		return "is not a number";
	if (*out >= min && *out <= max)
		return NULL;
	snprintf(why, sizeof(why), "is out of range (%.10g to %.10g)", min, max);
	return why;
}

static const char *
read_number(const char *text, double min, double max, uint32_t *out)
{
	double value;
	const char *why = read_real(text, min, max, &value);

	if (why == NULL && floor(value) != value)
		return "is not a whole number";
	if (why == NULL)
		*out = (uint32_t)value;
	return why;
}

static const char *
read_sizes(const struct key *k, const char *text, struct load_options *o)
{
	char first[16], *dash;
	const char *why;

	snprintf(first, sizeof(first), "%s", text);
	dash = strchr(first, '-');
	if (dash != NULL)
		*dash++ = '\0';
	why = read_number(first, k->min, k->max, &o->size_min);
	if (why == NULL)
		why = read_number(dash ? dash : first, k->min, k->max, &o->size_max);
	if (why == NULL && o->size_max < o->size_min)
		return "ends before it begins";
	return why;
}

/* Calls one() for each piece between commas. */
static const char *
each_piece(const char *text, const char *(*one)(struct load_options *o, char *piece),
	struct load_options *o)
{
	char copy[512], *save, *piece;
	const char *why = NULL;

	if (snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy))
		return "is too long";
	for (piece = strtok_r(copy, ", ", &save); piece != NULL && why == NULL;
		piece = strtok_r(NULL, ", ", &save))
		why = one(o, piece);
	return why;
}

static const char *
add_profile(struct load_options *o, char *piece)
{
	if (o->n_profiles == PROFILE_MAX)
		return "has too many profiles";
	if (profile_find(piece) == NULL)
		return "names an unknown profile (kanmon-load --help lists them)";
	snprintf(o->profiles[o->n_profiles++], sizeof(o->profiles[0]), "%s", piece);
	return NULL;
}

static const char *
read_profiles(const char *text, struct load_options *o)
{
	const char *why = NULL;

	o->n_profiles = 0;
	if (strcmp(text, "all") != 0)
		why = each_piece(text, add_profile, o);
	else
		for (size_t i = 0; profile_name(i) != NULL && why == NULL; i++) {
			char name[32];

			snprintf(name, sizeof(name), "%s", profile_name(i));
			why = add_profile(o, name);
		}
	return why != NULL || o->n_profiles > 0 ? why : "does not name a profile";
}

static const char *
add_step(struct load_options *o, char *piece)
{
	struct step *s = &o->steps[o->n_steps];
	char *colon = strchr(piece, ':');

	if (o->n_steps == STEPS_MAX)
		return "has too many steps";
	if (colon != NULL)
		*colon++ = '\0';
	for (size_t i = 0; i < N_STEPS; i++) {
		bool timed = i == STEP_HOLD || i == STEP_TRAFFIC;

		if (strcmp(piece, step_names[i]) != 0)
			continue;
		if (timed != (colon != NULL))
			return timed ? "has a step without its seconds (such as hold:10)"
				     : "has a step with seconds that takes none";
		*s = (struct step){.kind = (enum step_kind)i};
		o->n_steps++;
		return timed ? read_real(colon, 0, 1e7, &s->seconds) : NULL;
	}
	return "has an unknown step (connect, hold:S, traffic:S, rekey-esp, rekey-ike, roam, die, "
	       "disconnect)";
}

static const char *
read_bool(const char *text, bool *out)
{
	*out = strcmp(text, "true") == 0;
	return *out || strcmp(text, "false") == 0 ? NULL : "is neither true nor false";
}

static const char *
read_direction(const char *text, struct load_options *o)
{
	o->up = strcmp(text, "down") != 0;
	o->down = strcmp(text, "up") != 0;
	if (o->up != o->down || strcmp(text, "both") == 0)
		return NULL;
	return "is not one of up, down, both";
}

static const char *
read_value(struct load_options *o, const struct key *k, const char *text)
{
	void *at = (char *)o + k->at;

	switch (k->type) {
	case TYPE_TEXT:
		return snprintf(at, k->size, "%s", text) < (int)k->size ? NULL : "is too long";
	case TYPE_ADDRESS:
		return ip_parse(text, at) == 0 ? NULL : "is not an IPv4 address";
	case TYPE_RANGE:
		return ip_range_parse(text, at) == 0
			       ? NULL
			       : "is not an address or range (such as 10.0.0.1-10.0.0.9)";
	case TYPE_NUMBER:
		return read_number(text, k->min, k->max, at);
	case TYPE_REAL:
		return read_real(text, k->min, k->max, at);
	case TYPE_BOOL:
		return read_bool(text, at);
	case TYPE_DIRECTION:
		return read_direction(text, o);
	case TYPE_SIZES:
		return read_sizes(k, text, o);
	case TYPE_PROFILES:
		return read_profiles(text, o);
	case TYPE_STEPS:
		o->n_steps = 0;
		return each_piece(text, add_step, o);
	}
	return NULL;
}

/* --- keys from scenarios and flags ------------------------------------------------------------ */

struct reading {
	struct load_options *o;
	bool given[N_KEYS];
};

static const struct key *
find_key(const char *path)
{
	for (size_t i = 0; i < N_KEYS; i++)
		if (strcmp(keys[i].path, path) == 0)
			return &keys[i];
	return NULL;
}

/* Takes a value of the scenario. */
static const char *
take(void *arg, const char *path, const char *text)
{
	struct reading *r = arg;
	const struct key *k = find_key(path);

	if (k == NULL)
		return "unknown key (kanmon-load --help lists them)";
	r->given[k - keys] = true;
	return read_value(r->o, k, text);
}

static void
flag_of(const struct key *k, char flag[40])
{
	snprintf(flag, 40, "--%s", k->path);
	for (char *p = flag; *p; p++)
		if (*p == '.' || *p == '_')
			*p = '-';
}

static void
help(void)
{
	char flag[40];

	printf("usage: kanmon-load [--scenario FILE] [FLAG VALUE]...\n"
	       "Emulates thousands of L2TP/IPsec clients of a gateway. Each flag is a key of the\n"
	       "scenario with '-' in place of '.' and '_'.\n\n");
	for (size_t i = 0; i < N_KEYS; i++) {
		flag_of(&keys[i], flag);
		printf("  %-24s %s", flag, keys[i].help);
		if (keys[i].def == NULL)
			printf(" (required)\n");
		else
			printf(keys[i].def[0] ? " [%s]\n" : "\n", keys[i].def);
	}
	printf("\nprofiles:");
	for (size_t i = 0; profile_name(i) != NULL; i++)
		printf(" %s", profile_name(i));
	printf("\n");
}

static int
read_flag(struct reading *r, const char *arg, const char *value)
{
	char flag[40];

	if (value == NULL) {
		fprintf(stderr, "%s: the value is missing\n", arg);
		return -EINVAL;
	}
	if (strcmp(arg, "--scenario") == 0)
		return load_scenario_read(value, take, r);
	for (size_t i = 0; i < N_KEYS; i++) {
		const char *why;

		flag_of(&keys[i], flag);
		if (strcmp(flag, arg) != 0)
			continue;
		r->given[i] = true;
		why = read_value(r->o, &keys[i], value);
		if (why != NULL)
			fprintf(stderr, "%s: %s: %s\n", arg, value, why);
		return why == NULL ? 0 : -EINVAL;
	}
	fprintf(stderr, "%s: unknown flag (--help lists them)\n", arg);
	return -EINVAL;
}

static int
check(const struct reading *r)
{
	const struct load_options *o = r->o;
	uint64_t all = (uint64_t)o->clients + o->half_open + o->wrong_psk + o->wrong_password +
		       o->spoofers + o->fuzzers;
	uint64_t places = (uint64_t)ip_range_count(&o->addresses) * (o->nat ? o->nat : 1);
	int rc = 0;

	for (size_t i = 0; i < N_KEYS; i++)
		if (keys[i].def == NULL && !r->given[i]) {
			fprintf(stderr, "%s: is missing\n", keys[i].path);
			rc = -EINVAL;
		}
	if (rc == 0 && places < all) {
		fprintf(stderr, "clients.addresses: %llu clients need more than %llu addresses\n",
			(unsigned long long)all, (unsigned long long)places);
		rc = -EINVAL;
	}
	for (unsigned i = 0; rc == 0 && i < o->n_steps; i++)
		if (o->steps[i].kind == STEP_TRAFFIC && o->lan_device[0] == '\0') {
			fprintf(stderr, "steps: traffic requires lan.device\n");
			rc = -EINVAL;
		} else if (o->steps[i].kind == STEP_ROAM && o->nat == 0) {
			fprintf(stderr, "steps: roam requires a NAT (clients.nat)\n");
			rc = -EINVAL;
		}
	return rc;
}

int
load_options_read(struct load_options *o, int argc, char **argv)
{
	struct reading r = {.o = o};
	int rc = 0;

	for (size_t i = 0; i < N_KEYS; i++)
		if (keys[i].def != NULL)
			read_value(o, &keys[i], keys[i].def);
	for (int i = 1; i < argc; i += 2) {
		if (strcmp(argv[i], "--version") == 0 || strcmp(argv[i], "-V") == 0) {
			puts("kanmon-load " VERSION_TEXT);
			return 1;
		}
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			help();
			return 1;
		}
		if (read_flag(&r, argv[i], i + 1 < argc ? argv[i + 1] : NULL) != 0)
			rc = -EINVAL;
	}
	return rc != 0 ? rc : check(&r);
}
