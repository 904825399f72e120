/* SPDX-License-Identifier: BSD-3-Clause */
/* Files that several programs agree on. */
#ifndef PATHS_H
#define PATHS_H

/* The control socket of kanmond, where kanmonctl looks unless it is told another. */
#define PATHS_CONTROL_SOCKET "/run/kanmon/kanmon.sock"

#endif
