/* SPDX-License-Identifier: BSD-3-Clause */
/* TO_WAN -> the WAN port. */
#include "ether.h"
#include "stages.h"

void
wan_out(struct worker *w)
{
	ether_out(w, &w->lane[LANE_TO_WAN], DP_WAN);
}
