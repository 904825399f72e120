/* SPDX-License-Identifier: BSD-3-Clause */
#include "ike_proposal.h"

#include <stdio.h>
#include <string.h>

/* Classes of attributes that we know, except for the two of lifetimes. */
#define MAIN_ATTRS                                                           \
	(1u << IKE_ATTR_CIPHER | 1u << IKE_ATTR_HASH | 1u << IKE_ATTR_AUTH | \
		1u << IKE_ATTR_GROUP | 1u << IKE_ATTR_GROUP_TYPE | 1u << IKE_ATTR_KEY_LENGTH)
#define QUICK_ATTRS                                                               \
	(1u << IPSEC_ATTR_GROUP | 1u << IPSEC_ATTR_MODE | 1u << IPSEC_ATTR_AUTH | \
		1u << IPSEC_ATTR_KEY_LENGTH)

/* One transform as offered, with its attributes read. */
struct transform {
	uint8_t proposal, number, id, proto;
	const uint8_t *spi;
	uint8_t spi_len;
	struct rd attrs;
	bool skip; /* it has an unknown or contradictory attribute, so it cannot be chosen */
	uint64_t attr[32]; /* by class; 0: absent (0 has no meaning in the classes that we read) */
	uint64_t life_s, life_kb;
};

struct attr {
	uint16_t class;
	uint64_t value; /* UINT64_MAX if it does not fit */
};

/* Reads an attribute in the basic or the variable form (RFC 2408, 3.3). */
static bool
attr_read(struct rd *r, struct attr *out)
{
	uint16_t type = rd_u16(r), len = rd_u16(r);
	struct rd value;

	out->class = type & (uint16_t)~ISAKMP_ATTR_BASIC;
	out->value = 0;
	if (type & ISAKMP_ATTR_BASIC) {
		out->value = len;
		return !r->bad;
	}
	value = rd_sub(r, len);
	while (rd_more(&value)) {
		if (out->value >> 56 != 0)
			out->value = UINT64_MAX;
		uint8_t b = rd_u8(&value);

		if (out->value != UINT64_MAX)
			out->value = out->value << 8 | b;
	}
	return !r->bad;
}

/* Reads a transform's attributes. Lifetimes are pairs of two: the type, then the duration. */
static bool
attrs_read(struct transform *t, uint16_t life_type, uint16_t life_duration, uint64_t known)
{
	struct rd r = t->attrs;
	uint64_t type = 0;
	struct attr a;

	while (rd_more(&r)) {
		if (!attr_read(&r, &a))
			return false;
		if (a.class == life_type) {
			type = a.value;
			t->skip |= type != ISAKMP_LIFE_SECONDS && type != ISAKMP_LIFE_KILOBYTES;
		} else if (a.class == life_duration) {
			if (type == ISAKMP_LIFE_KILOBYTES)
				t->life_kb = a.value;
			else
				t->life_s = a.value;
		} else if (a.class < 32 && (known >> a.class & 1) != 0 && a.value <= UINT16_MAX) {
			/* Given twice with different values: the meaning is undefined. */
			t->skip |= t->attr[a.class] != 0 && t->attr[a.class] != a.value;
			t->attr[a.class] = a.value;
		} else {
			t->skip = true;
		}
	}
	return !r.bad;
}

/* The transforms of an SA payload, in order. */
struct offer {
	unsigned n;
	struct transform v[IKE_MAX_TRANSFORMS];
};

/* Appends the transforms of one proposal. */
static bool
proposal_read(struct rd *r, uint8_t *next, struct offer *o)
{
	uint8_t number, proto, spi_len, n, t_next = ISAKMP_TRANSFORM;
	const uint8_t *spi;
	uint16_t size;
	struct rd body;

	*next = rd_u8(r);
	rd_u8(r);
	size = rd_u16(r);
	if (size < 8 || (*next != ISAKMP_NONE && *next != ISAKMP_PROPOSAL))
		return false;
	body = rd_sub(r, size - 4u);
	number = rd_u8(&body);
	proto = rd_u8(&body);
	spi_len = rd_u8(&body);
	n = rd_u8(&body);
	spi = rd_bytes(&body, spi_len);
	for (; n > 0 && t_next == ISAKMP_TRANSFORM; n--) {
		struct transform *t = &o->v[o->n];
		uint16_t t_size;

		t_next = rd_u8(&body);
		rd_u8(&body);
		t_size = rd_u16(&body);
		if (t_size < 8 || body.bad)
			return false;
		if (o->n == IKE_MAX_TRANSFORMS) {
			rd_sub(&body, t_size - 4u);
			continue;
		}
		*t = (struct transform){
			.proposal = number, .proto = proto, .spi = spi, .spi_len = spi_len};
		t->number = rd_u8(&body);
		t->id = rd_u8(&body);
		rd_u16(&body);
		t->attrs = rd_sub(&body, t_size - 8u);
		if (body.bad)
			return false;
		o->n++;
	}
	return n == 0 && t_next == ISAKMP_NONE && rd_done(&body);
}

/* Reads all transforms of an SA payload's body; false if it is malformed or not for IPsec. */
static bool
offer_read(struct rd sa, struct offer *o)
{
	uint8_t next = ISAKMP_PROPOSAL;

	o->n = 0;
	if (rd_u32(&sa) != ISAKMP_DOI_IPSEC || rd_u32(&sa) != ISAKMP_SIT_IDENTITY_ONLY)
		return false;
	while (next == ISAKMP_PROPOSAL)
		if (!proposal_read(&sa, &next, o))
			return false;
	return rd_done(&sa) && o->n > 0;
}

static void
choose(struct ike_choice *out, const struct transform *t)
{
	*out = (struct ike_choice){
		.proposal = t->proposal,
		.transform = t->number,
		.transform_id = t->id,
		.proto = t->proto,
		.spi = t->spi,
		.spi_len = t->spi_len,
		.attrs = t->attrs.p,
		.attrs_len = rd_left(&t->attrs),
		.life_s = t->life_s,
		.life_kb = t->life_kb,
	};
}

/* Appends a name to the list of offers. */
static void
add_offer(char offers[IKE_OFFERS_LEN], const char *name)
{
	size_t n = strlen(offers);

	if (n + strlen(name) + 3 < IKE_OFFERS_LEN)
		snprintf(offers + n, IKE_OFFERS_LEN - n, "%s%s", n ? ", " : "", name);
}

/* --- phase 1 --------------------------------------------------------------------------------- */

static const enum hash_id hashes[] = {
	[IKE_HASH_MD5] = HASH_MD5,
	[IKE_HASH_SHA1] = HASH_SHA1,
	[IKE_HASH_SHA256] = HASH_SHA256,
	[IKE_HASH_SHA384] = HASH_SHA384,
	[IKE_HASH_SHA512] = HASH_SHA512,
};

#define N_HASHES (sizeof(hashes) / sizeof(hashes[0]))

void
ike_proposal_suite(const struct ike_suite *s, uint32_t life_s, struct wr *w)
{
	ike_proposal_attr(w, IKE_ATTR_CIPHER,
		s->cipher == CBC_AES    ? IKE_CIPHER_AES
		: s->cipher == CBC_3DES ? IKE_CIPHER_3DES
					: IKE_CIPHER_DES);
	if (s->key_bits != 0)
		ike_proposal_attr(w, IKE_ATTR_KEY_LENGTH, s->key_bits);
	for (uint16_t i = 0; i < N_HASHES; i++)
		if (hashes[i] == s->hash && s->hash != 0)
			ike_proposal_attr(w, IKE_ATTR_HASH, i);
	ike_proposal_attr(w, IKE_ATTR_GROUP, (uint16_t)s->group);
	ike_proposal_attr(w, IKE_ATTR_AUTH, IKE_AUTH_PSK);
	ike_proposal_life(w, IKE_ATTR_LIFE_TYPE, ISAKMP_LIFE_SECONDS, life_s);
}

/* The suite that a transform describes; false if we do not support it. */
static bool
main_suite(const struct transform *t, struct ike_suite *out)
{
	uint64_t hash = t->attr[IKE_ATTR_HASH], group = t->attr[IKE_ATTR_GROUP];
	uint64_t group_type = t->attr[IKE_ATTR_GROUP_TYPE];

	memset(out, 0, sizeof(*out));
	switch (t->attr[IKE_ATTR_CIPHER]) {
	case IKE_CIPHER_DES:
		out->cipher = CBC_DES;
		break;
	case IKE_CIPHER_3DES:
		out->cipher = CBC_3DES;
		break;
	case IKE_CIPHER_AES:
		out->cipher = CBC_AES;
		/* If the length is absent, it is 128 (RFC 3602, 5.2). */
		out->key_bits = (uint16_t)(t->attr[IKE_ATTR_KEY_LENGTH]
						   ? t->attr[IKE_ATTR_KEY_LENGTH]
						   : 128);
		break;
	default:
		return false;
	}
	if (out->cipher != CBC_AES && t->attr[IKE_ATTR_KEY_LENGTH] != 0)
		return false;
	if (hash < N_HASHES)
		out->hash = hashes[hash];
	if (!dh_known((enum dh_group)group))
		return false;
	/* The number implies the type; a type that contradicts it is an error. */
	if (group_type != 0 &&
		group_type != (group >= DH_ECP256 ? IKE_GROUP_TYPE_ECP : IKE_GROUP_TYPE_MODP))
		return false;
	out->group = (enum dh_group)group;
	return out->hash != 0;
}

static bool
same_suite(const struct ike_suite *a, const struct ike_suite *b)
{
	return a->cipher == b->cipher && a->key_bits == b->key_bits && a->hash == b->hash &&
	       a->group == b->group;
}

/* Appends a transform to the list of offers, by name if we know it, else by its numbers. */
static void
add_main_offer(char offers[IKE_OFFERS_LEN], const struct transform *t, const struct ike_suite *s,
	bool known)
{
	char text[80];
	size_t n;

	if (known)
		ike_suite_str(s, text);
	else
		snprintf(text, sizeof(text), "cipher%u-hash%u-group%u",
			(unsigned)t->attr[IKE_ATTR_CIPHER], (unsigned)t->attr[IKE_ATTR_HASH],
			(unsigned)t->attr[IKE_ATTR_GROUP]);
	if (t->attr[IKE_ATTR_AUTH] != IKE_AUTH_PSK) {
		n = strlen(text);
		snprintf(text + n, sizeof(text) - n, "(auth%u)", (unsigned)t->attr[IKE_ATTR_AUTH]);
	}
	add_offer(offers, text);
}

enum ike_chosen
ike_proposal_main(const struct ike_config *config, struct rd sa, struct ike_choice *out,
	char offers[IKE_OFFERS_LEN])
{
	struct ike_suite suite;
	struct offer o;
	unsigned best = config->n_suites;

	offers[0] = '\0';
	if (!offer_read(sa, &o))
		return IKE_CHOSEN_MALFORMED;
	for (unsigned i = 0; i < o.n; i++) {
		struct transform *t = &o.v[i];
		bool fits;

		if (!attrs_read(t, IKE_ATTR_LIFE_TYPE, IKE_ATTR_LIFE_DURATION, MAIN_ATTRS))
			return IKE_CHOSEN_MALFORMED;
		fits = main_suite(t, &suite);
		add_main_offer(offers, t, &suite, fits);
		if (!fits || t->skip || t->proto != ISAKMP_PROTO_ISAKMP ||
			t->id != ISAKMP_TRANSFORM_KEY_IKE || t->attr[IKE_ATTR_AUTH] != IKE_AUTH_PSK)
			continue;
		for (unsigned k = 0; k < best; k++) {
			if (!same_suite(&config->suites[k], &suite))
				continue;
			choose(out, t);
			out->suite = suite;
			best = k;
		}
	}
	return best < config->n_suites ? IKE_CHOSEN : IKE_CHOSEN_NONE;
}

void
ike_proposal_cure_main(struct rd sa, char cure[IKE_CURE_LEN])
{
	struct ike_suite suite, best = {0};
	char name[IKE_SUITE_STR_LEN], weak[IKE_WEAK_LEN];
	struct offer o;

	cure[0] = '\0';
	if (!offer_read(sa, &o))
		return;
	for (unsigned i = 0; i < o.n; i++) {
		struct transform *t = &o.v[i];

		if (!attrs_read(t, IKE_ATTR_LIFE_TYPE, IKE_ATTR_LIFE_DURATION, MAIN_ATTRS) ||
			!main_suite(t, &suite) || t->skip || t->proto != ISAKMP_PROTO_ISAKMP ||
			t->id != ISAKMP_TRANSFORM_KEY_IKE || t->attr[IKE_ATTR_AUTH] != IKE_AUTH_PSK)
			continue;
		if (best.hash == 0 || (ike_suite_weak(&best) && !ike_suite_weak(&suite)))
			best = suite;
	}
	if (best.hash == 0)
		return;
	snprintf(cure, IKE_CURE_LEN, "add %s to ike.proposals", ike_suite_str(&best, name));
	if (ike_suite_weak(&best))
		snprintf(cure + strlen(cure), IKE_CURE_LEN - strlen(cure),
			" and set ike.allow_weak, as it is weak (%s)",
			ike_suite_weakness(&best, weak));
}

/* --- phase 2 --------------------------------------------------------------------------------- */

/* Whether the peer's SPI is valid: four bytes, and not reserved (RFC 4303, 2.1). */
static bool
spi_fits(const struct transform *t)
{
	struct rd r = rd_init(t->spi, t->spi_len);

	return t->spi_len == 4 && rd_u32(&r) > 255;
}

/* Whether another protocol has the same proposal number, which means AND (RFC 2408, 4.2). */
static bool
bundled(const struct offer *o, const struct transform *t)
{
	for (unsigned i = 0; i < o->n; i++)
		if (o->v[i].proposal == t->proposal &&
			(o->v[i].proto != t->proto || o->v[i].spi != t->spi))
			return true;
	return false;
}

static bool
mode_fits(uint64_t mode, bool natt)
{
	if (natt)
		return mode == IPSEC_MODE_UDP_TRANSPORT || mode == IPSEC_MODE_UDP_TRANSPORT_DRAFT;
	/* If it is absent, the host decides (RFC 2407, 4.5): L2TP has only one. */
	return mode == IPSEC_MODE_TRANSPORT || mode == 0;
}

static bool
pfs_fits(const struct ike_config *config, uint64_t group)
{
	if (group == 0)
		return true;
	for (unsigned i = 0; i < config->n_pfs; i++)
		if (config->pfs[i] == group)
			return true;
	return false;
}

static void
add_quick_offer(char offers[IKE_OFFERS_LEN], const struct transform *t,
	const struct esp_suite *suite, bool natt)
{
	char text[80];
	size_t n;

	if (t->proto != ISAKMP_PROTO_ESP)
		snprintf(text, sizeof(text), "protocol%u", t->proto);
	else if (suite != NULL)
		snprintf(text, sizeof(text), "%s", suite->name);
	else
		snprintf(text, sizeof(text), "esp%u-%u-auth%u", t->id,
			(unsigned)t->attr[IPSEC_ATTR_KEY_LENGTH],
			(unsigned)t->attr[IPSEC_ATTR_AUTH]);
	n = strlen(text);
	if (!mode_fits(t->attr[IPSEC_ATTR_MODE], natt))
		n += (size_t)snprintf(
			text + n, sizeof(text) - n, "(mode%u)", (unsigned)t->attr[IPSEC_ATTR_MODE]);
	if (t->attr[IPSEC_ATTR_GROUP] != 0)
		snprintf(text + n, sizeof(text) - n, "(pfs %s)",
			dh_name((enum dh_group)t->attr[IPSEC_ATTR_GROUP]));
	add_offer(offers, text);
}

enum ike_chosen
ike_proposal_quick(const struct ike_config *config, struct rd sa, bool natt, struct ike_choice *out,
	char offers[IKE_OFFERS_LEN])
{
	struct offer o;
	unsigned best = config->n_esp;

	offers[0] = '\0';
	if (!offer_read(sa, &o))
		return IKE_CHOSEN_MALFORMED;
	for (unsigned i = 0; i < o.n; i++) {
		struct transform *t = &o.v[i];
		const struct esp_suite *suite;

		if (!attrs_read(t, IPSEC_ATTR_LIFE_TYPE, IPSEC_ATTR_LIFE_DURATION, QUICK_ATTRS))
			return IKE_CHOSEN_MALFORMED;
		suite = esp_suite_match(t->id, (uint16_t)t->attr[IPSEC_ATTR_KEY_LENGTH],
			(uint16_t)t->attr[IPSEC_ATTR_AUTH]);
		add_quick_offer(offers, t, suite, natt);
		if (t->skip || t->proto != ISAKMP_PROTO_ESP || !spi_fits(t) || bundled(&o, t) ||
			!mode_fits(t->attr[IPSEC_ATTR_MODE], natt) ||
			!pfs_fits(config, t->attr[IPSEC_ATTR_GROUP]))
			continue;
		for (unsigned k = 0; k < best; k++) {
			if (suite == NULL || !esp_suite_same_offer(config->esp[k], suite))
				continue;
			choose(out, t);
			out->esp = config->esp[k];
			out->pfs = (enum dh_group)t->attr[IPSEC_ATTR_GROUP];
			out->mode = (uint16_t)t->attr[IPSEC_ATTR_MODE];
			best = k;
		}
	}
	return best < config->n_esp ? IKE_CHOSEN : IKE_CHOSEN_NONE;
}

/* What is not configured that a transform of quick mode needs. */
struct lack {
	const struct esp_suite *suite; /* NULL: no transform so far */
	enum dh_group pfs;
	bool no_suite, no_pfs, weak_suite, weak_pfs;
};

static unsigned
lack_cost(const struct lack *l)
{
	return (l->weak_suite || l->weak_pfs) * 4u + l->no_suite + l->no_pfs;
}

static struct lack
lack_of(const struct ike_config *config, const struct esp_suite *suite, enum dh_group pfs)
{
	struct lack l = {.suite = suite, .pfs = pfs, .no_suite = true};

	for (unsigned i = 0; i < config->n_esp; i++)
		l.no_suite &= !esp_suite_same_offer(config->esp[i], suite);
	l.no_pfs = !pfs_fits(config, pfs);
	l.weak_suite = l.no_suite && suite->weak;
	l.weak_pfs = l.no_pfs && (pfs == DH_MODP768 || pfs == DH_MODP1024);
	return l;
}

static void
lack_str(const struct lack *l, char cure[IKE_CURE_LEN])
{
	char suite[64] = "", pfs[64] = "";

	if (l->no_suite)
		snprintf(suite, sizeof(suite), "add %s to esp.proposals", l->suite->name);
	if (l->no_pfs)
		snprintf(pfs, sizeof(pfs), "%sadd %s to esp.pfs", l->no_suite ? " and " : "",
			dh_name(l->pfs));
	snprintf(cure, IKE_CURE_LEN, "%s%s%s%s%s%s%s", suite, pfs,
		l->weak_suite || l->weak_pfs ? " and set esp.allow_weak, as it is weak (" : "",
		l->weak_suite ? l->suite->show : "", l->weak_suite && l->weak_pfs ? ", " : "",
		l->weak_pfs ? "MODP-1024" : "", l->weak_suite || l->weak_pfs ? ")" : "");
}

void
ike_proposal_cure_quick(
	const struct ike_config *config, struct rd sa, bool natt, char cure[IKE_CURE_LEN])
{
	struct lack best = {0}, l;
	struct offer o;

	cure[0] = '\0';
	if (!offer_read(sa, &o))
		return;
	for (unsigned i = 0; i < o.n; i++) {
		struct transform *t = &o.v[i];
		const struct esp_suite *suite;

		if (!attrs_read(t, IPSEC_ATTR_LIFE_TYPE, IPSEC_ATTR_LIFE_DURATION, QUICK_ATTRS))
			return;
		suite = esp_suite_match(t->id, (uint16_t)t->attr[IPSEC_ATTR_KEY_LENGTH],
			(uint16_t)t->attr[IPSEC_ATTR_AUTH]);
		if (suite == NULL || t->skip || t->proto != ISAKMP_PROTO_ESP || !spi_fits(t) ||
			bundled(&o, t) || !mode_fits(t->attr[IPSEC_ATTR_MODE], natt) ||
			(t->attr[IPSEC_ATTR_GROUP] != 0 &&
				!dh_known((enum dh_group)t->attr[IPSEC_ATTR_GROUP])))
			continue;
		l = lack_of(config, suite, (enum dh_group)t->attr[IPSEC_ATTR_GROUP]);
		if (best.suite == NULL || lack_cost(&l) < lack_cost(&best))
			best = l;
	}
	if (best.suite != NULL)
		lack_str(&best, cure);
}

void
ike_proposal_write(struct ike_out *o, const struct ike_choice *c, const be32 *spi)
{
	size_t sa = ike_out_open(o, ISAKMP_SA), proposal, transform;
	size_t spi_len = spi ? sizeof(*spi) : c->spi_len;

	wr_u32(&o->w, ISAKMP_DOI_IPSEC);
	wr_u32(&o->w, ISAKMP_SIT_IDENTITY_ONLY);
	proposal = wr_len(&o->w);
	wr_u32(&o->w, 0);
	wr_u8(&o->w, c->proposal);
	wr_u8(&o->w, c->proto);
	wr_u8(&o->w, (uint8_t)spi_len);
	wr_u8(&o->w, 1);
	wr_bytes(&o->w, spi ? (const uint8_t *)spi : c->spi, spi_len);
	transform = wr_len(&o->w);
	wr_u32(&o->w, 0);
	wr_u8(&o->w, c->transform);
	wr_u8(&o->w, c->transform_id);
	wr_u16(&o->w, 0);
	wr_bytes(&o->w, c->attrs, c->attrs_len);
	wr_close16(&o->w, transform + 2, transform);
	wr_close16(&o->w, proposal + 2, proposal);
	ike_out_close(o, sa);
}

void
ike_proposal_attr(struct wr *w, uint16_t class, uint16_t value)
{
	wr_u16(w, (uint16_t)(ISAKMP_ATTR_BASIC | class));
	wr_u16(w, value);
}

void
ike_proposal_life(struct wr *w, uint16_t class, uint16_t type, uint64_t value)
{
	ike_proposal_attr(w, class, type);
	wr_u16(w, (uint16_t)(class + 1));
	wr_u16(w, 4);
	wr_u32(w, value < UINT32_MAX ? (uint32_t)value : UINT32_MAX);
}

void
ike_proposal_read_life(struct rd attrs, uint64_t *life_s, uint64_t *life_kb)
{
	struct transform t = {.attrs = attrs, .life_s = *life_s, .life_kb = *life_kb};

	if (!attrs_read(&t, IPSEC_ATTR_LIFE_TYPE, IPSEC_ATTR_LIFE_DURATION, 0))
		return;
	*life_s = t.life_s;
	*life_kb = t.life_kb;
}
