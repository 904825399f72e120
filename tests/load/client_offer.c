/* SPDX-License-Identifier: BSD-3-Clause */
/* SA payloads from a profile (RFC 2408, 3.4 to 3.6; RFC 2409, appendix A; RFC 2407, 4.5). */
#include <string.h>

#include "client_internal.h"

static void
attr(struct wr *w, uint16_t class, uint16_t value)
{
	wr_u16(w, (uint16_t)(ISAKMP_ATTR_BASIC | class));
	wr_u16(w, value);
}

/* Life type and duration, whose attribute classes are consecutive in both phases. */
static void
life(struct wr *w, const struct profile *p, uint16_t class, uint16_t type, uint32_t value)
{
	attr(w, class, type);
	if (!p->life_long && value <= UINT16_MAX) {
		attr(w, (uint16_t)(class + 1), (uint16_t)value);
		return;
	}
	wr_u16(w, (uint16_t)(class + 1));
	wr_u16(w, 4);
	wr_u32(w, value);
}

static size_t
transform_open(struct wr *w, bool last, unsigned number, uint8_t id)
{
	size_t at = wr_len(w);

	wr_u8(w, last ? ISAKMP_NONE : ISAKMP_TRANSFORM);
	wr_u8(w, 0);
	wr_u16(w, 0);
	wr_u8(w, (uint8_t)number);
	wr_u8(w, id);
	wr_u16(w, 0);
	return at;
}

static size_t
proposal_open(struct wr *w, bool last, unsigned number, uint8_t proto, const be32 *spi, unsigned n)
{
	size_t at = wr_len(w);

	wr_u8(w, last ? ISAKMP_NONE : ISAKMP_PROPOSAL);
	wr_u8(w, 0);
	wr_u16(w, 0);
	wr_u8(w, (uint8_t)number);
	wr_u8(w, proto);
	wr_u8(w, spi ? 4 : 0);
	wr_u8(w, (uint8_t)n);
	if (spi != NULL)
		wr_be32(w, *spi);
	return at;
}

static void
main_attr(struct wr *w, const struct profile *p, const struct ike_suite *s, uint8_t class)
{
	static const uint8_t ciphers[] = {[CBC_DES] = IKE_CIPHER_DES,
		[CBC_3DES] = IKE_CIPHER_3DES,
		[CBC_AES] = IKE_CIPHER_AES};
	static const uint8_t hashes[] = {[HASH_MD5] = IKE_HASH_MD5,
		[HASH_SHA1] = IKE_HASH_SHA1,
		[HASH_SHA256] = IKE_HASH_SHA256,
		[HASH_SHA384] = IKE_HASH_SHA384,
		[HASH_SHA512] = IKE_HASH_SHA512};

	switch (class) {
	case IKE_ATTR_CIPHER:
		attr(w, class, ciphers[s->cipher]);
		break;
	case IKE_ATTR_KEY_LENGTH:
		if (s->key_bits != 0)
			attr(w, class, s->key_bits);
		break;
	case IKE_ATTR_HASH:
		attr(w, class, hashes[s->hash]);
		break;
	case IKE_ATTR_GROUP:
		attr(w, class, (uint16_t)s->group);
		break;
	case IKE_ATTR_AUTH:
		attr(w, class, IKE_AUTH_PSK);
		break;
	case IKE_ATTR_LIFE_TYPE:
		life(w, p, class, ISAKMP_LIFE_SECONDS, p->ike_life_s);
		break;
	}
}

size_t
client_offer_main(const struct profile *p, uint8_t *buf, size_t size)
{
	struct wr w = wr_init(buf, size);
	size_t proposal, at;

	wr_u32(&w, ISAKMP_DOI_IPSEC);
	wr_u32(&w, ISAKMP_SIT_IDENTITY_ONLY);
	proposal = proposal_open(
		&w, true, p->first_transform, ISAKMP_PROTO_ISAKMP, NULL, p->n_suites);
	for (unsigned i = 0; i < p->n_suites; i++) {
		at = transform_open(
			&w, i + 1 == p->n_suites, p->first_transform + i, ISAKMP_TRANSFORM_KEY_IKE);
		for (const uint8_t *class = p->main_attrs; *class != 0; class ++)
			main_attr(&w, p, &p->suites[i], *class);
		wr_close16(&w, at + 2, at);
	}
	wr_close16(&w, proposal + 2, proposal);
	return w.bad ? 0 : wr_len(&w);
}

uint32_t
client_offer_life_kb(const struct client_config *config)
{
	return config->esp_life_kb ? config->esp_life_kb : config->profile->esp_life_kb;
}

static void
quick_attr(struct wr *w, const struct client_config *config, const struct profile_esp *e,
	uint16_t mode, uint8_t class)
{
	const struct profile *p = config->profile;
	uint32_t life_kb = client_offer_life_kb(config);

	switch (class) {
	case IPSEC_ATTR_MODE:
		attr(w, class, mode);
		if (config->pfs != 0)
			attr(w, IPSEC_ATTR_GROUP, (uint16_t)config->pfs);
		break;
	case IPSEC_ATTR_AUTH:
		attr(w, class, e->auth);
		break;
	case IPSEC_ATTR_KEY_LENGTH:
		if (e->key_bits != 0)
			attr(w, class, e->key_bits);
		break;
	case IPSEC_ATTR_LIFE_TYPE:
		life(w, p, class, ISAKMP_LIFE_SECONDS, p->esp_life_s);
		if (life_kb != 0)
			life(w, p, class, ISAKMP_LIFE_KILOBYTES, life_kb);
		break;
	}
}

size_t
client_offer_quick(
	const struct client_config *config, be32 spi, uint16_t mode, uint8_t *buf, size_t size)
{
	const struct profile *p = config->profile;
	unsigned n = p->n_esp, first = p->first_transform;
	struct wr w = wr_init(buf, size);
	size_t proposal = 0, at;

	wr_u32(&w, ISAKMP_DOI_IPSEC);
	wr_u32(&w, ISAKMP_SIT_IDENTITY_ONLY);
	for (unsigned i = 0; i < n; i++) {
		bool last = i + 1 == n;

		if (p->esp_apart || i == 0)
			proposal = proposal_open(&w, last || !p->esp_apart, first + i,
				ISAKMP_PROTO_ESP, &spi, p->esp_apart ? 1 : n);
		at = transform_open(&w, last || p->esp_apart, first + (p->esp_apart ? 0 : i),
			p->esp[i].transform);
		for (const uint8_t *class = p->quick_attrs; *class != 0; class ++)
			quick_attr(&w, config, &p->esp[i], mode, *class);
		wr_close16(&w, at + 2, at);
		if (p->esp_apart || last)
			wr_close16(&w, proposal + 2, proposal);
	}
	return w.bad ? 0 : wr_len(&w);
}

static void
add_group(struct ike_config *out, enum dh_group group)
{
	for (unsigned i = 0; i < out->n_pfs; i++)
		if (out->pfs[i] == group)
			return;
	if (out->n_pfs < sizeof(out->pfs) / sizeof(out->pfs[0]))
		out->pfs[out->n_pfs++] = group;
}

void
client_offer_config(const struct profile *p, struct ike_config *out)
{
	memset(out, 0, sizeof(*out));
	for (unsigned i = 0; i < p->n_suites && i < IKE_MAX_SUITES; i++)
		out->suites[out->n_suites++] = p->suites[i];
	for (unsigned i = 0; i < p->n_esp && i < IKE_MAX_SUITES; i++) {
		const struct profile_esp *e = &p->esp[i];
		const struct esp_suite *s = esp_suite_match(e->transform, e->key_bits, e->auth);

		if (s != NULL)
			out->esp[out->n_esp++] = s;
	}
	/* For quick mode any group of main mode is accepted. */
	for (unsigned i = 0; i < p->n_suites; i++)
		add_group(out, p->suites[i].group);
	out->life_s = p->ike_life_s;
	out->esp_life_s = p->esp_life_s;
	out->esp_life_kb = p->esp_life_kb;
	out->natt = true;
}

static int
digit(char ch)
{
	return ch <= '9' ? ch - '0' : ch - 'a' + 10;
}

size_t
client_offer_hex(const char *hex, uint8_t *buf, size_t size)
{
	size_t n = 0;

	for (; hex[0] != '\0' && n < size; hex += 2)
		buf[n++] = (uint8_t)(digit(hex[0]) * 16 + digit(hex[1]));
	return n;
}
