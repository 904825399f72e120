/* SPDX-License-Identifier: BSD-3-Clause */
#include "profile_list.h"

/* source: racoon writes the lifetime first, then these. */
const uint8_t profile_racoon_main_attrs[] = {IKE_ATTR_LIFE_TYPE, IKE_ATTR_CIPHER,
	IKE_ATTR_KEY_LENGTH, IKE_ATTR_AUTH, IKE_ATTR_HASH, IKE_ATTR_GROUP, 0};

/* source: racoon's order */
const uint8_t profile_racoon_quick_attrs[] = {
	IPSEC_ATTR_LIFE_TYPE, IPSEC_ATTR_MODE, IPSEC_ATTR_AUTH, IPSEC_ATTR_KEY_LENGTH, 0};

/* doc: pppd's defaults; log: its request over L2TP */
const struct profile_opt profile_pppd_lcp_1400[] = {
	{LCP_OPT_MRU, 2, {0x05, 0x78}},
	{LCP_OPT_ASYNCMAP, 4, {0}},
	{LCP_OPT_MAGIC, 4, {0}},
	{LCP_OPT_PFC, 0, {0}},
	{LCP_OPT_ACFC, 0, {0}},
	{0},
};
