/* SPDX-License-Identifier: BSD-3-Clause */
/* Packets that workers leave to control. */
#ifndef DISPATCH_H
#define DISPATCH_H

#include "dp.h"

/* Hands a punted packet to the module that owns it; arg is the gateway. */
void dispatch_punt(void *arg, const struct dp_punt *punt);

#endif
