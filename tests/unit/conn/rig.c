/* SPDX-License-Identifier: BSD-3-Clause */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/legacy.h"
#include "loop.h"

/* The one that is not freed yet: its test is under way, or has failed. */
static struct rig *current;

/* The groups are those that cost least. */
static const char config_text[] =
	"eal:\n"
	"  control_core: 0\n"
	"workers:\n"
	"  cores: [%s]\n"
	"  idle_sleep_us: 100\n"
	"wan:\n"
	"  device: net_null0\n"
	"  address: " RIG_WAN "/24\n"
	"%s"
	"lan:\n"
	"  device: net_null1\n"
	"  address: " RIG_LAN "/24\n"
	"%s"
	"ike:\n"
	"  psk: secret123\n"
	"  proposals: [aes128-sha1-ecp256, aes256-sha1-ecp384, aes256-sha256-modp1024]\n"
	"  allow_weak: true\n"
	"%s"
	"esp:\n"
	"  proposals: [aes128-sha1, aes256-sha1]\n"
	"%s"
	"l2tp:\n"
	"  host_name: kanmon\n"
	"%s"
	"ppp:\n"
	"  mtu: 1400\n"
	"%s"
	"limits:\n"
	"%s"
	"pools:\n"
	"%s"
	"users:\n"
	"%s"
	"%s";

static const char pools_text[] = "  - " RIG_POOL "-192.168.0.8\n";

static const char * or (const char *text, const char *fallback)
{
	return text != NULL ? text : fallback;
}

static void
on_report(void *arg, enum config_severity severity, const char *line)
{
	(void)arg;
	if (severity == CONFIG_WARNING)
		return;
	fprintf(stderr, "%s\n", line);
}

static void
users(char *out, size_t size)
{
	size_t n = 0;

	for (unsigned i = 1; i <= RIG_CLIENTS; i++)
		n += (size_t)snprintf(out + n, size - n,
			"  - name: user-%02u\n    password: " RIG_PASSWORD "\n", i);
}

static void
read_config(struct rig *r, const struct rig_setup *s, unsigned workers)
{
	static const char *const cores[] = {"", "0", "0, 0", "0, 0, 0", "0, 0, 0, 0"};
	char text[8192], all_users[1024];
	int n;

	users(all_users, sizeof(all_users));
	n = snprintf(text, sizeof(text), config_text, cores[workers], or (s->wan, ""),
		or (s->lan, ""), or (s->ike, ""), or (s->esp, ""), or (s->l2tp, ""),
		or (s->ppp, ""), or (s->limits, "  sessions: 100\n"), or (s->pools, pools_text),
		or (s->users, all_users), or (s->rest, ""));
	assert_true(n > 0 && (size_t)n < sizeof(text));
	assert_int_equal(config_parse("rig", text, (size_t)n, 0, &r->config, on_report, NULL), 0);
}

/* Once: it takes longer than a connection does. */
static void
begin_crypto(void)
{
	static bool begun;

	if (begun)
		return;
	begun = true;
	assert_true(sodium_init() >= 0);
	assert_int_equal(legacy_init(), 0);
	atexit(legacy_fini);
}

struct rig *
rig_new(const struct rig_setup *setup)
{
	static const struct rig_setup none;
	const struct rig_setup *s = setup != NULL ? setup : &none;
	struct rig *r = fake_alloc(sizeof(*r));
	unsigned workers = s->workers != 0 ? s->workers : 2;

	current = r;
	fake_log_clear();
	fake_memory_fail(0, false);
	fake_random_begin(1);
	begin_crypto();
	read_config(r, s, workers);
	r->seed = 1;
	r->now_ms = 1000;
	list_init(&r->packets);
	r->dp = fake_dp_new(workers, s->slots != 0 ? s->slots : 64);
	timers_init(&r->timers, r->now_ms);
	assert_int_equal(gateway_init(&r->gw, &r->config, r->dp, r->now_ms), 0);
	if (!s->unprobed)
		rig_run(r, RIG_PROBED_MS, NULL);
	return r;
}

void
rig_free(struct rig *r)
{
	for (unsigned i = 0; i < r->n_clients; i++) {
		r->client[i].off = true;
		client_free(r->client[i].c);
	}
	gateway_fini(&r->gw);
	fake_dp_assert_empty(r->dp);
	rig_link_clear(r);
	dp_stop(r->dp);
	config_free(&r->config);
	fake_free(r);
	current = NULL;
}

static void
step(struct rig *r)
{
	bool busy;

	/* While nothing is under way, timers may be a little late. */
	r->now_ms += list_empty(&r->packets) ? RIG_IDLE_MS : RIG_STEP_MS;
	r->dp->now_s = r->now_ms / 1000;
	timers_run(&r->timers, r->now_ms);
	rig_link_deliver(r);
	fake_memory_gateway(true);
	busy = loop_turn(&r->gw, r->now_ms);
	fake_memory_gateway(false);
	busy |= rig_link_take(r);
	/* Where nothing passes only timers change anything. */
	if (!r->unchecked && (busy || r->now_ms % 1000 == 0))
		rig_check(r);
}

bool
rig_run(struct rig *r, uint64_t ms, bool (*done)(const struct rig *r))
{
	uint64_t end = r->now_ms + ms;

	while (r->now_ms < end) {
		step(r);
		if (done != NULL && done(r))
			return true;
	}
	return done == NULL;
}

void
rig_about(struct rig *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r->about, sizeof(r->about), fmt, ap);
	va_end(ap);
}

void
rig_dump(const struct rig *r)
{
	fake_log_dump();
	fprintf(stderr, "    %s\n", r->about);
	for (unsigned i = 0; i < r->n_clients; i++)
		fprintf(stderr, "    client %u: %s; last end: %s: %s\n", i,
			client_phase_name(client_phase(r->client[i].c)),
			client_why_str(r->client[i].why), r->client[i].text);
}

void
rig_wait(struct rig *r, uint64_t ms, bool (*done)(const struct rig *r), const char *what)
{
	if (rig_run(r, ms, done))
		return;
	fail_msg("%s did not come in %u ms", what, (unsigned)ms);
}

int
rig_teardown(void **state)
{
	(void)state;
	fake_memory_gateway(false);
	if (current != NULL)
		rig_dump(current);
	current = NULL;
	return 0;
}
