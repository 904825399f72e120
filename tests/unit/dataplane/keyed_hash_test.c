/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Flows that differ only in their ports, as those of one host do, spread over the buckets with any
 * secret.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <netinet/in.h>

#include "keyed_hash.h"

#define N_SECRETS 2000
#define N_BUCKETS 256
#define N_PORTS   100
#define LOAD_MAX  16 /* less than one bucket is expected to have more */

struct key {
	uint32_t in_addr, peer_addr;
	uint16_t in_port, peer_port;
	uint32_t proto;
};

/* Knuth's generator, so that each run has the same secrets. */
static uint64_t
next(uint64_t *state)
{
	*state = *state * 6364136223846793005 + 1442695040888963407;
	return *state ^ *state >> 33;
}

static void
expect_spread(const uint64_t secret[2], unsigned shift)
{
	unsigned load[N_BUCKETS] = {0};

	for (uint16_t port = 0; port < N_PORTS; port++) {
		struct key k = {htonl(0xc0a80001), htonl(0x08080808),
			htons((uint16_t)(5000 + port)), htons(53), 1};
		struct key mapping = {k.in_addr, 0, k.in_port, 0, 1};

		load[keyed_hash(secret, &k) >> shift & (N_BUCKETS - 1)]++;
		load[keyed_hash(secret, &mapping) >> shift & (N_BUCKETS - 1)]++;
	}
	for (unsigned i = 0; i < N_BUCKETS; i++)
		assert_in_range(load[i], 0, LOAD_MAX);
}

static void
ports_are_spread(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (unsigned i = 0; i < N_SECRETS; i++) {
		const uint64_t secret[2] = {next(&seed), next(&seed)};

		/* The low bits select a bucket, the high bits are a tag in it. */
		expect_spread(secret, 1);
		expect_spread(secret, 52);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ports_are_spread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
