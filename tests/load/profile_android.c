/* SPDX-License-Identifier: BSD-3-Clause */
/* Android up to 11: racoon, mtpd and pppd of its own tree. */
#include "profile_list.h"

/* log: pluto prints these in this order, as far as to MD5 of each cipher. */
static const struct ike_suite suites[] = {
	AES(256, SHA384, MODP1024),
	AES(256, SHA256, MODP1024),
	AES(256, SHA512, MODP1024),
	AES(256, SHA1, MODP1024),
	AES(256, MD5, MODP1024),
	AES(128, SHA256, MODP1024),
	AES(128, SHA1, MODP1024),
	AES(128, MD5, MODP1024),
	DES3(SHA256, MODP1024),
	DES3(SHA1, MODP1024),
	DES3(MD5, MODP1024),
	DES(SHA256, MODP1024),
	DES(SHA1, MODP1024),
	DES(MD5, MODP1024),
};

/* log: pluto prints these in this order. */
static const char *const vendors[] = {
	VID_RFC_3947, VID_NATT_02, VID_NATT_02N, VID_NATT_00, VID_FRAG "80000000", VID_DPD, NULL};

/* log: pluto refuses AES-256 with SHA2-512 first; the rest in the order of main mode is assumed. */
static const struct profile_esp esp[] = {
	{ESP_ID_AES, 256, ESP_AUTH_SHA512},
	{ESP_ID_AES, 256, ESP_AUTH_SHA384},
	{ESP_ID_AES, 256, ESP_AUTH_SHA256},
	{ESP_ID_AES, 256, ESP_AUTH_SHA1},
	{ESP_ID_AES, 256, ESP_AUTH_MD5},
	{ESP_ID_AES, 128, ESP_AUTH_SHA256},
	{ESP_ID_AES, 128, ESP_AUTH_SHA1},
	{ESP_ID_AES, 128, ESP_AUTH_MD5},
	{ESP_ID_3DES, 0, ESP_AUTH_SHA1},
	{ESP_ID_3DES, 0, ESP_AUTH_MD5},
	{ESP_ID_DES, 0, ESP_AUTH_SHA1},
	{ESP_ID_DES, 0, ESP_AUTH_MD5},
};

/* log: pluto sees message 1 again every 10 s; doc: racoon.conf, five times. */
static const uint16_t repeat_ms[] = {10000, 10000, 10000, 10000, 10000, 0};

/* source: mtpd */
static const struct profile_avp sccrq[] = {
	{AVP_VERSION, true, PROFILE_AVP_U16, 0x0100, NULL},
	{AVP_HOST, true, PROFILE_AVP_TEXT, 0, "anonymous"},
	{AVP_FRAMING, true, PROFILE_AVP_U32, 3, NULL},
	{AVP_TUNNEL, true, PROFILE_AVP_TUNNEL, 0, NULL},
	{AVP_WINDOW, true, PROFILE_AVP_U16, 1, NULL},
	{0},
};

static const struct profile_avp icrq[] = {
	{AVP_SESSION, true, PROFILE_AVP_SESSION, 0, NULL},
	{AVP_SERIAL, true, PROFILE_AVP_SERIAL, 0, NULL},
	{0},
};

static const struct profile_avp iccn[] = {
	{AVP_TX_SPEED, true, PROFILE_AVP_U32, 100000000, NULL},
	{AVP_FRAMING_TYPE, true, PROFILE_AVP_U32, 3, NULL},
	{0},
};

/* doc: pppd with usepeerdns; assumed: VJ compression, which would come first, is off */
static const struct profile_opt ipcp[] = {
	{IPCP_OPT_ADDRESS, 4, {0}},
	{IPCP_OPT_DNS1, 4, {0}},
	{IPCP_OPT_DNS2, 4, {0}},
	{0},
};

/* source: mtpd stops the tunnel alone, once pppd has ended its link */
static const enum profile_step close_steps[] = {PROFILE_STEP_LCP, PROFILE_STEP_STOPCCN,
	PROFILE_STEP_ESP, PROFILE_STEP_ISAKMP, PROFILE_STEP_END};

const struct profile profile_android11 = {
	.name = "android11",
	.suites = suites,
	.n_suites = PROFILE_N(suites),
	.main_attrs = profile_racoon_main_attrs,
	.first_transform = 1, /* source: racoon */
	.life_long = false, /* source: racoon */
	.ike_life_s = 28800, /* log */
	.vendors = vendors,
	.nonce_len = 16, /* source: racoon */
	.id_port = true, /* source: racoon */
	.contact =
		PROFILE_CONTACT_INFO, /* log: pluto gets it behind message 6, with both cookies */
	.esp = esp,
	.n_esp = PROFILE_N(esp),
	.quick_attrs = profile_racoon_quick_attrs,
	.esp_apart = false, /* source: racoon */
	.no_port = true, /* log: pluto prints the client's end as 17/0 */
	.esp_life_s = 28800, /* log */
	.ike_repeat_ms = repeat_ms,
	.ike_timeout_ms = 30000, /* assumed */
	.l2tp_timeout_ms = 30000, /* assumed */
	.ppp_timeout_ms = 30000, /* doc: pppd, ten requests three seconds apart */
	.sccrq = sccrq,
	.icrq = icrq,
	.iccn = iccn,
	.window = 1, /* source: mtpd */
	.tid_counts = false, /* source: mtpd, random */
	.data_length = false, /* assumed: the kernel's PPPoLAC writes none */
	.hello_s = 0, /* source: mtpd has none */
	.lcp = profile_pppd_lcp_1400, /* doc: the system passes the mtu 1400; mru is assumed */
	.ipcp = ipcp,
	.close = close_steps,
};
