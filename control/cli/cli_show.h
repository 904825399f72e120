/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of all commands, for cli_new(); their arg is the gateway. */
#ifndef CLI_SHOW_H
#define CLI_SHOW_H

#include "cli.h"

extern const struct cli_command cli_show_commands[];
extern const size_t cli_show_n_commands;

#endif
