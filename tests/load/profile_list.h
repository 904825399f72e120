/* SPDX-License-Identifier: BSD-3-Clause */
/* The profiles, and what several of them share. */
#ifndef PROFILE_LIST_H
#define PROFILE_LIST_H

#include "profile_data.h"
#include "wire/isakmp.h"
#include "wire/ppp.h"

extern const struct profile profile_windows11, profile_macos, profile_ios, profile_android11,
	profile_strongswan, profile_libreswan;

/* What several have because the same program speaks for them (profile_shared.c). */
extern const uint8_t profile_racoon_main_attrs[], profile_racoon_quick_attrs[];
extern const struct profile_opt profile_pppd_lcp_1400[]; /* told of an MRU of 1400 */

#define PROFILE_N(list) (sizeof(list) / sizeof((list)[0]))

#define AES(bits, h, g)                         \
	{                                       \
		CBC_AES, bits, HASH_##h, DH_##g \
	}
#define DES3(h, g)                            \
	{                                     \
		CBC_3DES, 0, HASH_##h, DH_##g \
	}
#define DES(h, g)                            \
	{                                    \
		CBC_DES, 0, HASH_##h, DH_##g \
	}

/* Phase 2 (RFC 2407, 4.4.4 and 4.5). */
enum {
	ESP_ID_DES = 2,
	ESP_ID_3DES = 3,
	ESP_ID_NULL = 11,
	ESP_ID_AES = 12,
	ESP_AUTH_MD5 = 1,
	ESP_AUTH_SHA1 = 2,
	ESP_AUTH_SHA256 = 5,
	ESP_AUTH_SHA384 = 6,
	ESP_AUTH_SHA512 = 7,
};

/* AVPs (RFC 2661, 4.4). */
enum {
	AVP_VERSION = 2,
	AVP_FRAMING = 3,
	AVP_BEARER = 4,
	AVP_FIRMWARE = 6,
	AVP_HOST = 7,
	AVP_VENDOR = 8,
	AVP_TUNNEL = 9,
	AVP_WINDOW = 10,
	AVP_SESSION = 14,
	AVP_SERIAL = 15,
	AVP_BEARER_TYPE = 18,
	AVP_FRAMING_TYPE = 19,
	AVP_TX_SPEED = 24,
	AVP_RX_SPEED = 38,
};

#define VID_RFC_3947 "4a131c81070358455c5728f20e95452f"
#define VID_NATT_03  "7d9419a65310ca6f2c179d9215529d56"
#define VID_NATT_02  "cd60464335df21f87cfdb2fc68b6a448"
#define VID_NATT_02N "90cb80913ebb696e086381b5ec427b1f"
#define VID_NATT_00  "4485152d18b6bbcd0be8a8469579ddcc"
#define VID_DPD      "afcad71368a1f1c96b8696fc77570100"
#define VID_FRAG     "4048b7d56ebce88525e7de7f00d6c2d3"
#define VID_XAUTH    "09002689dfd6b712"

#endif
