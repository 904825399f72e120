/* SPDX-License-Identifier: BSD-3-Clause */
/* TO_LAN -> the LAN port. */
#include "ether.h"
#include "stages.h"

void
lan_out(struct worker *w)
{
	ether_out(w, &w->lane[LANE_TO_LAN], DP_LAN);
}
