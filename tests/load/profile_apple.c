/* SPDX-License-Identifier: BSD-3-Clause */
/* macOS and iOS: racoon of Apple, its L2TP and pppd; one code base. */
#include "profile_list.h"

/* log: charon prints these, in this order. */
static const struct ike_suite suites[] = {
	AES(256, SHA256, MODP2048),
	AES(256, SHA1, MODP2048),
	AES(256, MD5, MODP2048),
	AES(256, SHA512, MODP2048),
	AES(256, SHA256, MODP1536),
	AES(256, SHA1, MODP1536),
	AES(256, MD5, MODP1536),
	AES(256, SHA256, MODP1024),
	AES(256, SHA1, MODP1024),
	AES(256, MD5, MODP1024),
	AES(128, SHA1, MODP1024),
	AES(128, MD5, MODP1024),
	DES3(SHA1, MODP1024),
	DES3(MD5, MODP1024),
};

/* log: pluto prints the drafts of a Mac in this order. */
static const char *const vendors[] = {
	VID_RFC_3947,
	"4df37928e9fc4fd1b3262170d515c662", /* draft-ietf-ipsec-nat-t-ike, Apple's own */
	"8f8d83826d246b6fc7a8a6a428c11de8", /* -08 */
	"439b59f8ba676c4c7737ae22eab8f582", /* -07 */
	"4d1e0e136deafa34c4f3ea9f02ec7285", /* -06 */
	"80d0bb3def54565ee84645d4c85ce3ee", /* -05 */
	"9909b64eed937c6573de52ace952fa6b", /* -04 */
	VID_NATT_03,
	VID_NATT_02,
	VID_NATT_02N,
	VID_FRAG "80000000",
	VID_DPD,
	NULL,
};

/* log: newer ones have SHA2-256 as well; the order is assumed. */
static const struct profile_esp esp[] = {
	{ESP_ID_AES, 256, ESP_AUTH_SHA256},
	{ESP_ID_AES, 256, ESP_AUTH_SHA1},
	{ESP_ID_AES, 256, ESP_AUTH_MD5},
	{ESP_ID_AES, 128, ESP_AUTH_SHA1},
	{ESP_ID_AES, 128, ESP_AUTH_MD5},
	{ESP_ID_3DES, 0, ESP_AUTH_SHA1},
	{ESP_ID_3DES, 0, ESP_AUTH_MD5},
};

/* assumed: Apple's racoon is set to about three seconds */
static const uint16_t repeat_ms[] = {3000, 3000, 3000, 3000, 3000, 0};

/* assumed, but for the RFC's mandatory ones; macOS's vpnd names no vendor */
static const struct profile_avp sccrq[] = {
	{AVP_VERSION, true, PROFILE_AVP_U16, 0x0100, NULL},
	{AVP_FRAMING, true, PROFILE_AVP_U32, 3, NULL},
	{AVP_HOST, true, PROFILE_AVP_HOST, 0, NULL},
	{AVP_TUNNEL, true, PROFILE_AVP_TUNNEL, 0, NULL},
	{AVP_WINDOW, true, PROFILE_AVP_U16, 4, NULL},
	{0},
};

static const struct profile_avp icrq[] = {
	{AVP_SESSION, true, PROFILE_AVP_SESSION, 0, NULL},
	{AVP_SERIAL, true, PROFILE_AVP_SERIAL, 0, NULL},
	{0},
};

static const struct profile_avp iccn[] = {
	{AVP_TX_SPEED, true, PROFILE_AVP_U32, 1000000, NULL},
	{AVP_FRAMING_TYPE, true, PROFILE_AVP_U32, 3, NULL},
	{0},
};

/* log: asyncmap 0 among them; mru 1280 is assumed */
static const struct profile_opt lcp[] = {
	{LCP_OPT_MRU, 2, {0x05, 0x00}},
	{LCP_OPT_ASYNCMAP, 4, {0}},
	{LCP_OPT_MAGIC, 4, {0}},
	{LCP_OPT_PFC, 0, {0}},
	{LCP_OPT_ACFC, 0, {0}},
	{0},
};

/* log of an iPhone: first the deprecated pair of addresses (RFC 1172) instead of the address */
static const struct profile_opt ipcp_ios[] = {
	{IPCP_OPT_ADDRESSES, 8, {0}},
	{IPCP_OPT_ADDRESS, 4, {0}},
	{IPCP_OPT_DNS1, 4, {0}},
	{IPCP_OPT_DNS2, 4, {0}},
	{0},
};

static const struct profile_opt ipcp_mac[] = {
	{IPCP_OPT_ADDRESS, 4, {0}},
	{IPCP_OPT_DNS1, 4, {0}},
	{IPCP_OPT_DNS2, 4, {0}},
	{0},
};

/*
 * log: IPV6CP (its identifier is assumed), and ACSP (0x8235), which requests routes and domains;
 * pppd of macOS prints the contents
 */
static const struct profile_bytes extras[] = {
	{PPP_IPV6CP, 10, {1, 10, 0xf2, 0x18, 0x98, 0xff, 0xfe, 0x0b, 0x6a, 0x31}},
	{0x8235, 12, {1, 6, 0, 0, 0, 1, 2, 6, 0, 0, 0, 1}},
	{0},
};

/* log of iOS */
static const enum profile_step close_steps[] = {PROFILE_STEP_LCP, PROFILE_STEP_CDN,
	PROFILE_STEP_STOPCCN, PROFILE_STEP_ESP, PROFILE_STEP_ISAKMP, PROFILE_STEP_END};

#define APPLE                                                                                     \
	.suites = suites, .n_suites = PROFILE_N(suites), .main_attrs = profile_racoon_main_attrs, \
	.first_transform = 1, /* source: racoon counts from 1 */                                  \
		.life_long = false, /* source: basic where it fits */                             \
		.ike_life_s = 3600, /* log */                                                     \
		.vendors = vendors, .nonce_len = 16, /* source: racoon's default */               \
		.id_port = true, /* source: racoon says UDP 500 */                                \
		.contact = PROFILE_CONTACT_INFO, /* source */                                     \
		.esp = esp, .n_esp = PROFILE_N(esp), .quick_attrs = profile_racoon_quick_attrs,   \
	.esp_apart = false, .esp_life_s = 3600, /* log */                                         \
		.ike_repeat_ms = repeat_ms, .ike_timeout_ms = 20000, .l2tp_timeout_ms = 30000,    \
	.ppp_timeout_ms = 30000, /* assumed */                                                    \
		.dpd_s = 20, /* log: asks; how often is assumed */                                \
		.sccrq = sccrq, .icrq = icrq, .iccn = iccn, .window = 4, .tid_counts = true,      \
	.apple_result = true, .data_length = true, .udp_sum = true, /* assumed */                 \
		.hello_s = 60, /* assumed */                                                      \
		.lcp = lcp, .extras = extras, .echo_s = 60, .echo_max = 4, /* log: echoes come */ \
		.close = close_steps

/* clang-format off */
const struct profile profile_macos = {.name = "macos", .ipcp = ipcp_mac, APPLE};
const struct profile profile_ios = {.name = "ios", .ipcp = ipcp_ios, APPLE};
/* clang-format on */
