/* SPDX-License-Identifier: BSD-3-Clause */
/* NetworkManager-l2tp and its like: strongSwan or Libreswan, with xl2tpd and pppd. */
#include "profile_list.h"

/* doc: README of NetworkManager-l2tp, for both: the offers of Windows 10 and macOS, merged. */
static const struct ike_suite suites[] = {
	AES(256, SHA256, MODP2048),
	AES(256, SHA256, MODP1536),
	AES(256, SHA256, MODP1024),
	AES(256, SHA1, MODP2048),
	AES(256, SHA1, MODP1536),
	AES(256, SHA1, MODP1024),
	AES(256, SHA1, ECP384),
	AES(128, SHA1, MODP1024),
	AES(128, SHA1, ECP256),
	DES3(SHA1, MODP2048),
	DES3(SHA1, MODP1024),
};

/* source: charon writes a proposal's transforms, then authentication and lifetime. */
static const uint8_t swan_main_attrs[] = {IKE_ATTR_CIPHER, IKE_ATTR_KEY_LENGTH, IKE_ATTR_HASH,
	IKE_ATTR_GROUP, IKE_ATTR_AUTH, IKE_ATTR_LIFE_TYPE, 0};

/* source: the order of charon's table; log agrees. */
static const char *const swan_vendors[] = {
	VID_XAUTH, VID_DPD, VID_FRAG "80000000", VID_RFC_3947, VID_NATT_02N, NULL};

/* doc: likewise */
static const struct profile_esp esp[] = {
	{ESP_ID_AES, 256, ESP_AUTH_SHA1},
	{ESP_ID_AES, 128, ESP_AUTH_SHA1},
	{ESP_ID_3DES, 0, ESP_AUTH_SHA1},
};

/* source: charon */
static const uint8_t swan_quick_attrs[] = {
	IPSEC_ATTR_KEY_LENGTH, IPSEC_ATTR_AUTH, IPSEC_ATTR_MODE, IPSEC_ATTR_LIFE_TYPE, 0};

/* doc: strongswan.conf: 4 s, times 1.8 each, five tries */
static const uint16_t swan_repeat_ms[] = {4000, 7200, 12960, 23328, 41990, 0};

/* source: pluto writes the lifetime first and the key length last. */
static const uint8_t libre_main_attrs[] = {IKE_ATTR_LIFE_TYPE, IKE_ATTR_CIPHER, IKE_ATTR_HASH,
	IKE_ATTR_AUTH, IKE_ATTR_GROUP, IKE_ATTR_KEY_LENGTH, 0};

/* log: the first message of 4.10; it does not say its name */
static const char *const libre_vendors[] = {
	VID_FRAG, VID_DPD, VID_RFC_3947, VID_NATT_03, VID_NATT_02N, VID_NATT_02, NULL};

/* source: pluto */
static const uint8_t libre_quick_attrs[] = {
	IPSEC_ATTR_MODE, IPSEC_ATTR_LIFE_TYPE, IPSEC_ATTR_AUTH, IPSEC_ATTR_KEY_LENGTH, 0};

/* doc: ipsec.conf: retransmit-interval 500 ms, doubled, retransmit-timeout 60 s */
static const uint16_t libre_repeat_ms[] = {500, 1000, 2000, 4000, 8000, 16000, 32000, 0};

/* source: xl2tpd */
static const struct profile_avp sccrq[] = {
	{AVP_VERSION, true, PROFILE_AVP_U16, 0x0100, NULL},
	{AVP_FRAMING, true, PROFILE_AVP_U32, 3, NULL},
	{AVP_BEARER, true, PROFILE_AVP_U32, 0, NULL},
	{AVP_FIRMWARE, false, PROFILE_AVP_U16, 0x0690, NULL}, /* log */
	{AVP_HOST, true, PROFILE_AVP_HOST, 0, NULL},
	{AVP_VENDOR, false, PROFILE_AVP_TEXT, 0, "xelerance.com"}, /* log */
	{AVP_TUNNEL, true, PROFILE_AVP_TUNNEL, 0, NULL},
	{AVP_WINDOW, true, PROFILE_AVP_U16, 4, NULL}, /* log */
	{0},
};

static const struct profile_avp icrq[] = {
	{AVP_SESSION, true, PROFILE_AVP_SESSION, 0, NULL},
	{AVP_SERIAL, true, PROFILE_AVP_SERIAL, 0, NULL},
	{AVP_BEARER_TYPE, true, PROFILE_AVP_U32, 0, NULL},
	{0},
};

static const struct profile_avp iccn[] = {
	{AVP_TX_SPEED, true, PROFILE_AVP_U32, 10000000, NULL},
	{AVP_FRAMING_TYPE, true, PROFILE_AVP_U32, 1, NULL},
	{AVP_RX_SPEED, false, PROFILE_AVP_U32, 10000000, NULL},
	{0},
};

/* log: pppd asks for VJ compression first unless told not to. */
static const struct profile_opt ipcp[] = {
	{IPCP_OPT_COMPRESSION, 4, {0x00, 0x2d, 0x0f, 0x01}},
	{IPCP_OPT_ADDRESS, 4, {0}},
	{IPCP_OPT_DNS1, 4, {0}},
	{IPCP_OPT_DNS2, 4, {0}},
	{0},
};

/* log: pppd's CCP offers deflate and BSD compression. */
static const struct profile_bytes extras[] = {
	{PPP_CCP, 11, {26, 4, 0x78, 0, 24, 4, 0x78, 0, 21, 3, 0x2f}},
	{0},
};

/* log of the stock client */
static const enum profile_step close_steps[] = {PROFILE_STEP_LCP, PROFILE_STEP_CDN,
	PROFILE_STEP_STOPCCN, PROFILE_STEP_ESP, PROFILE_STEP_ISAKMP, PROFILE_STEP_END};

#define XL2TPD                                                                                   \
	.l2tp_timeout_ms = 32000, /* source: five repeats of one second and up */                \
		.ppp_timeout_ms = 30000, /* doc: pppd, ten requests three seconds apart */       \
		.sccrq = sccrq, .icrq = icrq, .iccn = iccn, .window = 4, .tid_counts = false,    \
	.data_length = false, /* source: without `length bit` */                                 \
		.hello_s = 60, /* log */                                                         \
		.lcp = profile_pppd_lcp_1400, /* log: the mru that NetworkManager-l2tp writes */ \
		.ipcp = ipcp, .extras = extras, .echo_s = 30, .echo_max = 4, /* doc */           \
		.close = close_steps

/* clang-format off */
const struct profile profile_strongswan = {
	.name = "strongswan",
	.suites = suites,
	.n_suites = PROFILE_N(suites),
	.main_attrs = swan_main_attrs,
	.first_transform = 1, /* source */
	.life_long = false, /* source */
	.ike_life_s = 10800, /* source: NetworkManager-l2tp writes 3 h */
	.vendors = swan_vendors,
	.nonce_len = 32, /* source */
	.id_port = false, /* source */
	.contact = PROFILE_CONTACT_MM5, /* log */
	.esp = esp,
	.n_esp = PROFILE_N(esp),
	.quick_attrs = swan_quick_attrs,
	.esp_apart = false, /* source: all in one */
	.esp_life_s = 3600, /* source: NetworkManager-l2tp */
	.ike_repeat_ms = swan_repeat_ms,
	.ike_timeout_ms = 165000, /* doc: the sum of the waits */
	XL2TPD,
};

const struct profile profile_libreswan = {
	.name = "libreswan",
	.suites = suites,
	.n_suites = PROFILE_N(suites),
	.main_attrs = libre_main_attrs,
	.first_transform = 0, /* source: pluto counts from 0 */
	.life_long = false, /* source */
	.ike_life_s = 3600, /* source: NetworkManager-l2tp writes 1 h */
	.vendors = libre_vendors,
	.nonce_len = 32, /* source */
	.id_port = false, /* source */
	.contact = PROFILE_CONTACT_NONE, /* source: off unless configured */
	.esp = esp,
	.n_esp = PROFILE_N(esp),
	.quick_attrs = libre_quick_attrs,
	.esp_apart = true, /* source */
	.esp_life_s = 28800, /* source: NetworkManager-l2tp writes 8 h */
	.ike_repeat_ms = libre_repeat_ms,
	.ike_timeout_ms = 60000, /* doc */
	XL2TPD,
};
/* clang-format on */
