/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The screen, which shows and refreshes the table. */
#ifndef REXMIT_SCREEN_H
#define REXMIT_SCREEN_H

#include "terminal/top_options.h"

/* Returns when the user leaves, or when the input has ended. */
void screen_run(const struct top_options *options);

#endif
