/* SPDX-License-Identifier: BSD-3-Clause */
#include "ike_vendor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_MAX 256 /* of vendor IDs in one line */

enum trait {
	TRAIT_NATT_RFC,
	TRAIT_NATT_DRAFT,
	TRAIT_NATT_02N,
	TRAIT_NATT_OLD, /* a draft that we do not support */
	TRAIT_NATT_APPLE,
	TRAIT_DPD,
	TRAIT_FRAGMENTATION,
	TRAIT_XAUTH,
	TRAIT_WINDOWS,
	TRAIT_STRONGSWAN,
	TRAIT_LIBRESWAN,
	TRAIT_RACOON,
	TRAIT_OTHER, /* known, but tells nothing about the client */
	TRAIT_UNKNOWN,
};

struct vendor {
	const char *hex; /* prefix of the payload's body */
	const char *name;
	enum trait trait;
};

static const struct vendor vendors[] = {
	{"4a131c81070358455c5728f20e95452f", "RFC 3947", TRAIT_NATT_RFC},
	{"7d9419a65310ca6f2c179d9215529d56", "nat-t-ike-03", TRAIT_NATT_DRAFT},
	{"90cb80913ebb696e086381b5ec427b1f", "nat-t-ike-02\\n", TRAIT_NATT_02N},
	{"cd60464335df21f87cfdb2fc68b6a448", "nat-t-ike-02", TRAIT_NATT_DRAFT},
	{"4485152d18b6bbcd0be8a8469579ddcc", "nat-t-ike-00", TRAIT_NATT_OLD},
	{"4df37928e9fc4fd1b3262170d515c662", "nat-t-ike", TRAIT_NATT_APPLE},
	{"8f8d83826d246b6fc7a8a6a428c11de8", "nat-t-ike-08", TRAIT_OTHER},
	{"439b59f8ba676c4c7737ae22eab8f582", "nat-t-ike-07", TRAIT_OTHER},
	{"4d1e0e136deafa34c4f3ea9f02ec7285", "nat-t-ike-06", TRAIT_OTHER},
	{"80d0bb3def54565ee84645d4c85ce3ee", "nat-t-ike-05", TRAIT_OTHER},
	{"9909b64eed937c6573de52ace952fa6b", "nat-t-ike-04", TRAIT_OTHER},
	{"afcad71368a1f1c96b8696fc7757", "DPD", TRAIT_DPD},
	{"4048b7d56ebce88525e7de7f00d6c2d3", "FRAGMENTATION", TRAIT_FRAGMENTATION},
	{"09002689dfd6b712", "XAuth", TRAIT_XAUTH},
	{"12f5f28c457168a9702d9fe274cc", "Cisco Unity", TRAIT_OTHER},
	{"01528bbbc00696121849ab9a1c5b2a51", "MS IKE extension", TRAIT_WINDOWS},
	{"1e2b516905991c7d7c96fcbfb587e461", "MS NT5 ISAKMPOAKLEY", TRAIT_WINDOWS},
	{"fb1de3cdf341b7ea16b7e5be0855f120", "MS-Negotiation Discovery Capable", TRAIT_WINDOWS},
	{"26244d38eddb61b3172a36e3d0cfb819", "Vid-Initial-Contact", TRAIT_OTHER},
	{"e3a5966a76379fe707228231e5ce8652", "IKE CGA version 1", TRAIT_OTHER},
	{"882fe56d6fd20dbc2251613b2ebe5beb", "strongSwan", TRAIT_STRONGSWAN},
	{"4f452d4c696272657377616e", "Libreswan", TRAIT_LIBRESWAN},
	{"4f45", "Openswan", TRAIT_LIBRESWAN},
	{"7003cbc1097dbe9c2600ba6983bc8b35", "racoon", TRAIT_RACOON},
};

#define N_VENDORS (sizeof(vendors) / sizeof(vendors[0]))

static int
hex_digit(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

static bool
begins_with(struct rd body, const char *hex)
{
	for (; *hex != '\0'; hex += 2)
		if (!rd_more(&body) || rd_u8(&body) != hex_digit(hex[0]) * 16 + hex_digit(hex[1]))
			return false;
	return true;
}

static void
add_name(struct ike_vendors *v, const char *name)
{
	size_t n = v->names != NULL ? strlen(v->names) : 0, len = n + strlen(name) + 3;
	char *names = len < NAMES_MAX ? realloc(v->names, len) : NULL;

	if (names == NULL)
		return;
	snprintf(names + n, len - n, "%s%s", n ? ", " : "", name);
	v->names = names;
}

/* Adds the first bytes of an ID that is not in the table, in hex. */
static void
add_unknown(struct ike_vendors *v, struct rd body)
{
	char text[20] = "";

	for (int i = 0; i < 8 && rd_more(&body); i++)
		snprintf(text + 2 * i, 3, "%02x", rd_u8(&body));
	add_name(v, text);
}

/* The kind of client, from the vendor IDs that only it sends. */
static const char *
client_kind(unsigned traits)
{
	static const struct {
		enum trait trait;
		const char *client;
	} kinds[] = {
		{TRAIT_WINDOWS, "windows"},
		{TRAIT_STRONGSWAN, "strongswan"},
		{TRAIT_LIBRESWAN, "libreswan"},
		{TRAIT_NATT_APPLE, "apple"},
		{TRAIT_RACOON, "racoon"},
		{TRAIT_NATT_OLD, "android"},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (traits >> kinds[i].trait & 1)
			return kinds[i].client;
	/* strongSwan does not send its own ID by default, but exactly these. */
	if (traits == (1u << TRAIT_XAUTH | 1u << TRAIT_DPD | 1u << TRAIT_FRAGMENTATION |
			      1u << TRAIT_NATT_RFC | 1u << TRAIT_NATT_02N))
		return "strongswan";
	/* The same is true of Libreswan. */
	if (traits == (1u << TRAIT_DPD | 1u << TRAIT_FRAGMENTATION | 1u << TRAIT_NATT_RFC |
			      1u << TRAIT_NATT_DRAFT | 1u << TRAIT_NATT_02N))
		return "libreswan";
	return "";
}

void
ike_vendor_read(const struct ike_msg *m, struct ike_vendors *v)
{
	bool first = ike_payload_get(m, ISAKMP_SA, 0) != NULL;
	const struct vendor *natt = NULL;
	const struct ike_payload *p;
	unsigned traits = 0;

	for (unsigned i = 0; (p = ike_payload_get(m, ISAKMP_VID, i)) != NULL; i++) {
		const struct vendor *known = NULL;

		for (size_t k = 0; k < N_VENDORS && known == NULL; k++)
			if (begins_with(p->body, vendors[k].hex))
				known = &vendors[k];
		if (known == NULL) {
			add_unknown(v, p->body);
			traits |= 1u << TRAIT_UNKNOWN;
			continue;
		}
		add_name(v, known->name);
		traits |= 1u << known->trait;
		v->dpd |= known->trait == TRAIT_DPD;
		v->fragmentation |= known->trait == TRAIT_FRAGMENTATION;
		/* The table lists them in order of preference. */
		if (known->trait <= TRAIT_NATT_02N && (natt == NULL || known < natt))
			natt = known;
	}
	/* Only messages 1 and 2 announce it (RFC 3947, 3.1). */
	if (natt != NULL && first) {
		v->natt = natt->trait == TRAIT_NATT_RFC ? IKE_NATT_RFC : IKE_NATT_DRAFT;
		v->natt_hex = natt->hex;
	}
	if (v->client == NULL || v->client[0] == '\0')
		v->client = client_kind(traits);
}

/* Writes a vendor ID that is given in hex. */
static void
write_hex(struct ike_out *o, const char *hex)
{
	size_t at = ike_out_open(o, ISAKMP_VID);

	for (; *hex != '\0'; hex += 2)
		wr_u8(&o->w, (uint8_t)(hex_digit(hex[0]) * 16 + hex_digit(hex[1])));
	ike_out_close(o, at);
}

void
ike_vendor_write(struct ike_out *o, const struct ike_vendors *v)
{
	write_hex(o, "afcad71368a1f1c96b8696fc77570100"); /* DPD 1.0 (RFC 3706, 5.1) */
	if (v->fragmentation) /* in main mode (capability bit 31) */
		write_hex(o, "4048b7d56ebce88525e7de7f00d6c2d380000000");
	if (v->natt_hex != NULL)
		write_hex(o, v->natt_hex);
}
