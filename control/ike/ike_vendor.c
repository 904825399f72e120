/* SPDX-License-Identifier: BSD-3-Clause */
/* Vendor IDs: who a peer is and what it can do (RFC 2408, 3.16). */
#include <stdio.h>
#include <string.h>

#include "ike_internal.h"

enum trait {
	TRAIT_NONE,
	TRAIT_NATT_RFC,
	TRAIT_NATT_DRAFT,
	TRAIT_NATT_OLD, /* announces a draft that we do not speak */
	TRAIT_NATT_APPLE,
	TRAIT_DPD,
	TRAIT_WINDOWS,
	TRAIT_STRONGSWAN,
	TRAIT_LIBRESWAN,
	TRAIT_RACOON,
};

struct vendor {
	const char *hex; /* prefix of the payload's body */
	const char *name;
	enum trait trait;
};

static const struct vendor vendors[] = {
	{"4a131c81070358455c5728f20e95452f", "RFC 3947", TRAIT_NATT_RFC},
	{"7d9419a65310ca6f2c179d9215529d56", "nat-t-ike-03", TRAIT_NATT_DRAFT},
	{"90cb80913ebb696e086381b5ec427b1f", "nat-t-ike-02\\n", TRAIT_NATT_DRAFT},
	{"cd60464335df21f87cfdb2fc68b6a448", "nat-t-ike-02", TRAIT_NATT_DRAFT},
	{"4485152d18b6bbcd0be8a8469579ddcc", "nat-t-ike-00", TRAIT_NATT_OLD},
	{"4df37928e9fc4fd1b3262170d515c662", "nat-t-ike", TRAIT_NATT_APPLE},
	{"8f8d83826d246b6fc7a8a6a428c11de8", "nat-t-ike-08", TRAIT_NONE},
	{"439b59f8ba676c4c7737ae22eab8f582", "nat-t-ike-07", TRAIT_NONE},
	{"4d1e0e136deafa34c4f3ea9f02ec7285", "nat-t-ike-06", TRAIT_NONE},
	{"80d0bb3def54565ee84645d4c85ce3ee", "nat-t-ike-05", TRAIT_NONE},
	{"9909b64eed937c6573de52ace952fa6b", "nat-t-ike-04", TRAIT_NONE},
	{"afcad71368a1f1c96b8696fc7757", "DPD", TRAIT_DPD},
	{"4048b7d56ebce88525e7de7f00d6c2d3", "FRAGMENTATION", TRAIT_NONE},
	{"09002689dfd6b712", "XAuth", TRAIT_NONE},
	{"12f5f28c457168a9702d9fe274cc", "Cisco Unity", TRAIT_NONE},
	{"01528bbbc00696121849ab9a1c5b2a51", "MS IKE extension", TRAIT_WINDOWS},
	{"1e2b516905991c7d7c96fcbfb587e461", "MS NT5 ISAKMPOAKLEY", TRAIT_WINDOWS},
	{"fb1de3cdf341b7ea16b7e5be0855f120", "MS-Negotiation Discovery Capable", TRAIT_WINDOWS},
	{"26244d38eddb61b3172a36e3d0cfb819", "Vid-Initial-Contact", TRAIT_NONE},
	{"e3a5966a76379fe707228231e5ce8652", "IKE CGA version 1", TRAIT_NONE},
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
	size_t n = strlen(v->names);

	if (n + strlen(name) + 3 < sizeof(v->names))
		snprintf(v->names + n, sizeof(v->names) - n, "%s%s", n ? ", " : "", name);
}

/* The body of an ID that is not in the table, its first bytes. */
static void
add_unknown(struct ike_vendors *v, struct rd body)
{
	char text[20] = "";

	for (int i = 0; i < 8 && rd_more(&body); i++)
		snprintf(text + 2 * i, 3, "%02x", rd_u8(&body));
	add_name(v, text);
}

/* The kind of client, by the marks that only it sends. */
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
	return "";
}

void
ike_vendor_read(const struct ike_msg *m, struct ike_vendors *v)
{
	const struct ike_payload *p;
	unsigned traits = 0;

	for (unsigned i = 0; (p = ike_payload_get(m, ISAKMP_VID, i)) != NULL; i++) {
		const struct vendor *known = NULL;

		for (size_t k = 0; k < N_VENDORS && known == NULL; k++)
			if (begins_with(p->body, vendors[k].hex))
				known = &vendors[k];
		if (known == NULL) {
			add_unknown(v, p->body);
			continue;
		}
		add_name(v, known->name);
		traits |= 1u << known->trait;
	}
	if (traits >> TRAIT_NATT_RFC & 1)
		v->natt = IKE_NATT_RFC;
	else if (traits >> TRAIT_NATT_DRAFT & 1)
		v->natt = IKE_NATT_DRAFT;
	v->dpd |= traits >> TRAIT_DPD & 1;
	if (v->client == NULL || v->client[0] == '\0')
		v->client = client_kind(traits);
}

void
ike_vendor_write(struct ike_out *o, enum ike_natt_kind natt)
{
	static const uint8_t dpd[] = {0xaf, 0xca, 0xd7, 0x13, 0x68, 0xa1, 0xf1, 0xc9, 0x6b, 0x86,
		0x96, 0xfc, 0x77, 0x57, 0x01, 0x00};
	static const uint8_t rfc3947[] = {0x4a, 0x13, 0x1c, 0x81, 0x07, 0x03, 0x58, 0x45, 0x5c,
		0x57, 0x28, 0xf2, 0x0e, 0x95, 0x45, 0x2f};
	static const uint8_t draft02n[] = {0x90, 0xcb, 0x80, 0x91, 0x3e, 0xbb, 0x69, 0x6e, 0x08,
		0x63, 0x81, 0xb5, 0xec, 0x42, 0x7b, 0x1f};

	ike_out_bytes(o, ISAKMP_VID, dpd, sizeof(dpd));
	if (natt == IKE_NATT_RFC)
		ike_out_bytes(o, ISAKMP_VID, rfc3947, sizeof(rfc3947));
	else if (natt == IKE_NATT_DRAFT)
		ike_out_bytes(o, ISAKMP_VID, draft02n, sizeof(draft02n));
}
