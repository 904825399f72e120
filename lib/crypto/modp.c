/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Computes g^x with the comb of Lim and Lee: x is cut into TEETH rows of columns() bits, and the
 * bits of a column select one of 2^TEETH precomputed products. There are TABLES sets of products,
 * each for a part of the columns, so that TABLES columns are done between two squarings. A table
 * fits into the L1 cache, because all of it is read for each selection.
 */
#include "crypto/modp.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

enum {
	TEETH = 6,
	TABLES = 2,
	CHOICES = 1 << TEETH,
	WORDS_MAX = DH_MAX / 8,
	/*
	 * Every product has g to this power as an additional factor. Otherwise the empty product
	 * would be 1, whose Montgomery form is shorter than that of other values in these groups,
	 * and the time would show it. With 64 the form has full length in all of them.
	 */
	BLIND = 64,
};

struct modp {
	enum dh_group id;
	BIGNUM *(*prime)(BIGNUM *);
	size_t len; /* bytes of the prime */
	unsigned bits; /* of an exponent: over twice the group's strength, a multiple of 8 */
	/* Made once by prepare(). */
	bool good;
	BIGNUM *p, *last; /* p - 1 */
	BN_MONT_CTX *mont;
	unsigned part; /* columns of one table */
	uint64_t *table; /* [TABLES][CHOICES][len / 8], as BN_bn2lebinpad() writes */
};

static struct modp groups[] = {
	{.id = DH_MODP1024, .prime = BN_get_rfc2409_prime_1024, .len = 128, .bits = 256},
	{.id = DH_MODP1536, .prime = BN_get_rfc3526_prime_1536, .len = 192, .bits = 256},
	{.id = DH_MODP2048, .prime = BN_get_rfc3526_prime_2048, .len = 256, .bits = 256},
	{.id = DH_MODP3072, .prime = BN_get_rfc3526_prime_3072, .len = 384, .bits = 320},
	{.id = DH_MODP4096, .prime = BN_get_rfc3526_prime_4096, .len = 512, .bits = 352},
};

#define N_GROUPS (sizeof(groups) / sizeof(groups[0]))

static unsigned
columns(const struct modp *g)
{
	return g->part * TABLES;
}

static uint8_t *
product(const struct modp *g, unsigned table, unsigned choice)
{
	return (uint8_t *)g->table + (size_t)(table * CHOICES + choice) * g->len;
}

/*
 * Fills one table from its teeth: each product is a smaller one times the tooth of its highest bit.
 */
static bool
fill_table(struct modp *g, unsigned table, BIGNUM *const tooth[TEETH], const BIGNUM *blind,
	BN_CTX *ctx)
{
	BIGNUM *v = BN_new();
	bool ok = v != NULL && BN_bn2lebinpad(blind, product(g, table, 0), (int)g->len) > 0;

	for (unsigned i = 1; ok && i < CHOICES; i++) {
		unsigned high = 31 - (unsigned)__builtin_clz(i);

		ok = BN_lebin2bn(product(g, table, i ^ 1u << high), (int)g->len, v) != NULL &&
		     BN_mod_mul_montgomery(v, v, tooth[high], g->mont, ctx) == 1 &&
		     BN_bn2lebinpad(v, product(g, table, i), (int)g->len) > 0;
	}
	BN_free(v);
	return ok;
}

/* tooth[j] of table t is 2^(2^(j * columns + t * part)). */
static bool
fill_tables(struct modp *g, BN_CTX *ctx)
{
	BIGNUM *tooth[TABLES][TEETH] = {0}, *v = BN_new(), *blind = BN_new();
	bool ok = v != NULL && blind != NULL && BN_set_bit(blind, BLIND) == 1 &&
		  BN_to_montgomery(blind, blind, g->mont, ctx) == 1 && BN_set_word(v, 2) == 1 &&
		  BN_to_montgomery(v, v, g->mont, ctx) == 1;

	for (unsigned bit = 0; ok && bit < columns(g) * TEETH; bit++) {
		if (bit % g->part == 0) {
			unsigned j = bit / columns(g), t = bit % columns(g) / g->part;

			tooth[t][j] = BN_dup(v);
			ok = tooth[t][j] != NULL;
		}
		ok = ok && BN_mod_mul_montgomery(v, v, v, g->mont, ctx) == 1;
	}
	for (unsigned t = 0; ok && t < TABLES; t++)
		ok = fill_table(g, t, tooth[t], blind, ctx);
	for (unsigned t = 0; t < TABLES; t++)
		for (unsigned j = 0; j < TEETH; j++)
			BN_free(tooth[t][j]);
	BN_free(v);
	BN_free(blind);
	return ok;
}

static void
prepare(struct modp *g)
{
	BN_CTX *ctx = BN_CTX_new();

	g->part = (g->bits + TEETH * TABLES - 1) / (TEETH * TABLES);
	g->p = g->prime(NULL);
	g->last = BN_dup(g->p);
	g->mont = BN_MONT_CTX_new();
	g->table = malloc(TABLES * CHOICES * g->len);
	g->good = ctx != NULL && g->p != NULL && g->last != NULL && g->mont != NULL &&
		  g->table != NULL && BN_sub_word(g->last, 1) == 1 &&
		  BN_MONT_CTX_set(g->mont, g->p, ctx) == 1 && fill_tables(g, ctx);
	BN_CTX_free(ctx);
}

static void
prepare_all(void)
{
	for (size_t i = 0; i < N_GROUPS; i++)
		prepare(&groups[i]);
}

const struct modp *
modp_get(enum dh_group group)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, prepare_all);
	for (size_t i = 0; i < N_GROUPS; i++)
		if (groups[i].id == group && groups[i].good)
			return &groups[i];
	return NULL;
}

/* The bits of a column, lowest tooth first. Bits beyond the exponent count as 0. */
static unsigned
column(const struct modp *g, const uint8_t *x, unsigned at)
{
	unsigned choice = 0;

	for (unsigned j = 0; j < TEETH; j++) {
		unsigned bit = at + j * columns(g);

		if (bit < g->bits)
			choice |= (x[bit / 8] >> bit % 8 & 1u) << j;
	}
	return choice;
}

/* Reads all products and keeps one, so that the cache does not reveal which. */
static bool
pick(const struct modp *g, unsigned table, unsigned choice, BIGNUM *out)
{
	const uint64_t *from = (const uint64_t *)product(g, table, 0);
	uint64_t words[WORDS_MAX] = {0};
	size_t n = g->len / 8;
	bool ok;

	for (unsigned i = 0; i < CHOICES; i++, from += n) {
		uint64_t mask = 0 - (((uint64_t)(i ^ choice) - 1) >> 63);

		/* Hides from the compiler that the mask is all ones or zero: it must not branch. */
		__asm__("" : "+r"(mask));
		for (size_t w = 0; w < n; w++)
			words[w] |= from[w] & mask;
	}
	ok = BN_lebin2bn((const uint8_t *)words, (int)g->len, out) != NULL;
	OPENSSL_cleanse(words, sizeof(words));
	return ok;
}

/* g^(x + blinds()), in Montgomery form. */
static bool
power(const struct modp *g, const uint8_t *x, BIGNUM *r, BN_CTX *ctx)
{
	BIGNUM *factor = BN_new();
	bool ok = factor != NULL;

	for (unsigned k = g->part; ok && k-- > 0;) {
		bool first = k == g->part - 1;

		ok = first || BN_mod_mul_montgomery(r, r, r, g->mont, ctx) == 1;
		for (unsigned t = 0; ok && t < TABLES; t++) {
			unsigned choice = column(g, x, k + t * g->part);

			if (first && t == 0)
				ok = pick(g, t, choice, r);
			else
				ok = pick(g, t, choice, factor) &&
				     BN_mod_mul_montgomery(r, r, factor, g->mont, ctx) == 1;
		}
	}
	BN_clear_free(factor);
	return ok;
}

/*
 * The sum of all blinds in an exponent: one per table in each of `part` rounds, squared in between.
 */
static BN_ULONG
blinds(const struct modp *g)
{
	return (BN_ULONG)BLIND * TABLES * (((BN_ULONG)1 << g->part) - 1);
}

BIGNUM *
modp_new(const struct modp *g, uint8_t *public)
{
	uint8_t x[64] = {0};
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *r = BN_new(), *key = NULL;
	bool ok = ctx != NULL && r != NULL && RAND_priv_bytes(x, (int)(g->bits / 8)) == 1 &&
		  (key = BN_lebin2bn(x, (int)(g->bits / 8), NULL)) != NULL &&
		  BN_add_word(key, blinds(g)) == 1 && power(g, x, r, ctx) &&
		  BN_from_montgomery(r, r, g->mont, ctx) == 1 &&
		  BN_bn2binpad(r, public, (int)g->len) > 0;

	OPENSSL_cleanse(x, sizeof(x));
	BN_free(r);
	BN_CTX_free(ctx);
	if (!ok) {
		BN_clear_free(key);
		return NULL;
	}
	BN_set_flags(key, BN_FLG_CONSTTIME);
	return key;
}

int
modp_shared(const struct modp *g, const BIGNUM *key, const uint8_t *peer, uint8_t *out)
{
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *r = BN_new(), *y = BN_bin2bn(peer, (int)g->len, NULL);
	int rc = -EIO;

	if (ctx == NULL || r == NULL || y == NULL)
		goto out;
	rc = -EINVAL;
	if (BN_is_zero(y) || BN_is_one(y) || BN_cmp(y, g->last) >= 0)
		goto out;
	rc = -EIO;
	if (BN_mod_exp_mont_consttime(r, y, key, g->p, ctx, g->mont) == 1 &&
		BN_bn2binpad(r, out, (int)g->len) > 0)
		rc = 0;
out:
	BN_CTX_free(ctx);
	BN_clear_free(r);
	BN_free(y);
	return rc;
}
