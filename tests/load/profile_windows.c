/* SPDX-License-Identifier: BSD-3-Clause */
/* Windows 7 to 11, built-in client. */
#include "profile_list.h"

/* log: charon and pluto show these five, in this order. */
static const struct ike_suite suites[] = {
	AES(256, SHA1, ECP384),
	AES(128, SHA1, ECP256),
	AES(256, SHA1, MODP2048),
	DES3(SHA1, MODP2048),
	DES3(SHA1, MODP1024),
};

/* log: message 1 has 408 bytes, which leaves no other form; assumed: the order in transforms. */
static const uint8_t main_attrs[] = {IKE_ATTR_CIPHER, IKE_ATTR_KEY_LENGTH, IKE_ATTR_HASH,
	IKE_ATTR_GROUP, IKE_ATTR_AUTH, IKE_ATTR_LIFE_TYPE, 0};

/* log: pluto prints all eight. */
static const char *const vendors[] = {
	"01528bbbc00696121849ab9a1c5b2a5100000001",
	"1e2b516905991c7d7c96fcbfb587e46100000009", /* Windows 8 to 11 */
	VID_RFC_3947,
	VID_NATT_02N,
	VID_FRAG, /* without capabilities */
	"fb1de3cdf341b7ea16b7e5be0855f120", /* MS-Negotiation Discovery Capable */
	"26244d38eddb61b3172a36e3d0cfb819", /* Vid-Initial-Contact */
	"e3a5966a76379fe707228231e5ce8652", /* IKE CGA version 1 */
	NULL,
};

/* log: charon lists these, one per proposal; AH and ESP with NULL, which follow, are left out. */
static const struct profile_esp esp[] = {
	{ESP_ID_AES, 256, ESP_AUTH_SHA1},
	{ESP_ID_AES, 128, ESP_AUTH_SHA1},
	{ESP_ID_3DES, 0, ESP_AUTH_SHA1},
	{ESP_ID_DES, 0, ESP_AUTH_SHA1},
};

/* assumed */
static const uint8_t quick_attrs[] = {
	IPSEC_ATTR_MODE, IPSEC_ATTR_KEY_LENGTH, IPSEC_ATTR_AUTH, IPSEC_ATTR_LIFE_TYPE, 0};

/* doc: Microsoft names one second at first, doubled each time. */
static const uint16_t repeat_ms[] = {1000, 2000, 4000, 8000, 16000, 0};

/* log: xl2tpd prints the AVPs of a SCCRQ of 108 bytes in this order. */
static const struct profile_avp sccrq[] = {
	{AVP_VERSION, true, PROFILE_AVP_U16, 0x0100, NULL},
	{AVP_FRAMING, true, PROFILE_AVP_U32, 1, NULL}, /* synchronous */
	{AVP_BEARER, true, PROFILE_AVP_U32, 0, NULL},
	{AVP_FIRMWARE, false, PROFILE_AVP_U16, 0x0a00, NULL}, /* 0x0601 on Windows 7 */
	{AVP_HOST, true, PROFILE_AVP_HOST, 0, NULL},
	{AVP_VENDOR, false, PROFILE_AVP_TEXT, 0, "Microsoft"},
	{AVP_TUNNEL, true, PROFILE_AVP_TUNNEL, 0, NULL},
	{AVP_WINDOW, true, PROFILE_AVP_U16, 8, NULL},
	{0},
};

/* log: serial, bearer and session; xl2tpd reports a result code in it, here AVP 1 without M. */
static const struct profile_avp icrq[] = {
	{AVP_SESSION, true, PROFILE_AVP_SESSION, 0, NULL},
	{AVP_SERIAL, true, PROFILE_AVP_SERIAL, 0, NULL},
	{AVP_BEARER_TYPE, true, PROFILE_AVP_U32, 2, NULL},
	{1, false, PROFILE_AVP_U16, 0, NULL},
	{0},
};

/* assumed */
static const struct profile_avp iccn[] = {
	{AVP_TX_SPEED, true, PROFILE_AVP_U32, 100000000, NULL},
	{AVP_FRAMING_TYPE, true, PROFILE_AVP_U32, 1, NULL},
	{0},
};

/*
 * log: pppd prints mru, magic, pcomp, accomp, callback CBCP; and the last three with multilink,
 * whose bytes are made up.
 */
static const struct profile_opt lcp[] = {
	{LCP_OPT_MRU, 2, {0x05, 0x78}},
	{LCP_OPT_MAGIC, 4, {0}},
	{LCP_OPT_PFC, 0, {0}},
	{LCP_OPT_ACFC, 0, {0}},
	{LCP_OPT_CALLBACK, 1, {6}},
	{LCP_OPT_MRRU, 2, {0x06, 0x4e}},
	{LCP_OPT_ENDPOINT, 7, {3, 0x02, 0x00, 0x5e, 0x10, 0x20, 0x30}}, /* class 3: MAC address */
	{LCP_OPT_LINK_DISC, 2, {0x00, 0x01}},
	{0},
};

/*
 * log: three packets, the second with the computer's name and the third with a GUID, after the
 * magic number (RFC 1570).
 */
static const struct profile_bytes idents[] = {
	{PPP_LCP, 10, "MSRASV5.20"},
	{PPP_LCP, 8, "MSRAS-0-", true},
	{PPP_LCP, 16,
		{0x6a, 0x1c, 0x9e, 0x41, 0x7d, 0x33, 0x4f, 0x08, 0xa2, 0x55, 0x19, 0xe0, 0x3b, 0x84,
			0xcc, 0x12}}, /* a GUID */
	{0},
};

/* log: IPV6CP with an interface identifier, then CCP with MPPE's H bit alone. */
static const struct profile_bytes extras[] = {
	{PPP_IPV6CP, 10, {1, 10, 0x45, 0x1c, 0x8a, 0x27, 0xe1, 0x90, 0x3d, 0x06}},
	{PPP_CCP, 6, {18, 6, 0x01, 0, 0, 0}},
	{0},
};

/* log: pppd */
static const struct profile_opt ipcp[] = {
	{IPCP_OPT_ADDRESS, 4, {0}},
	{IPCP_OPT_DNS1, 4, {0}},
	{IPCP_OPT_WINS1, 4, {0}},
	{IPCP_OPT_DNS2, 4, {0}},
	{IPCP_OPT_WINS2, 4, {0}},
	{0},
};

/* commonly known */
static const uint8_t inform[] = {6, 15, 44, 46, 47, 121, 249, 0};

/* log */
static const enum profile_step close_steps[] = {PROFILE_STEP_LCP, PROFILE_STEP_CDN,
	PROFILE_STEP_STOPCCN, PROFILE_STEP_ESP, PROFILE_STEP_ISAKMP, PROFILE_STEP_END};

const struct profile profile_windows11 = {
	.name = "windows11",
	.suites = suites,
	.n_suites = PROFILE_N(suites),
	.main_attrs = main_attrs,
	.first_transform = 1, /* assumed */
	.life_long = true, /* log: the length of message 1 */
	.ike_life_s = 28800, /* log */
	.vendors = vendors,
	.nonce_len = 48, /* log */
	.contact = PROFILE_CONTACT_NONE, /* log: the vendor ID stands in its place */
	.esp = esp,
	.n_esp = PROFILE_N(esp),
	.quick_attrs = quick_attrs,
	.esp_apart = true, /* log */
	.commit = true, /* commonly known */
	.esp_life_s = 3600, /* log */
	.esp_life_kb = 250000, /* log */
	.idle_s = 300, /* commonly known */
	.ike_repeat_ms = repeat_ms,
	.ike_timeout_ms = 32000, /* assumed: error 789 comes after about half a minute */
	.l2tp_timeout_ms = 32000, /* assumed */
	.ppp_timeout_ms = 40000, /* assumed */
	.dpd_s = 0, /* log: does not announce it */
	.sccrq = sccrq,
	.icrq = icrq,
	.iccn = iccn,
	.window = 8, /* log */
	.tid_counts = true, /* log */
	.sid_counts = true, /* assumed */
	.data_length = true, /* commonly known */
	.udp_sum = true, /* assumed */
	.lcp = lcp,
	.ipcp = ipcp,
	.lcp_wait_ms = 2000, /* log */
	.idents = idents,
	.extras = extras,
	.inform = inform,
	.close = close_steps,
};
