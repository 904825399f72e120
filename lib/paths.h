/* SPDX-License-Identifier: BSD-3-Clause */
/* Paths that several programs share. */
#ifndef PATHS_H
#define PATHS_H

/* The control socket of kanmond, and kanmonctl's default. */
#define PATHS_CONTROL_SOCKET "/run/kanmon/kanmon.sock"

#endif
