/* SPDX-License-Identifier: BSD-3-Clause */
/* Events of an ISAKMP SA that do nothing. A rig takes them and replaces those that it watches. */
#ifndef NO_EVENTS_H
#define NO_EVENTS_H

#include "ike.h"

struct ike_events no_events(void);

#endif
