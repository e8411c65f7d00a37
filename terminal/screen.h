/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The screen: refreshes the table until the user leaves. */
#ifndef REXMIT_SCREEN_H
#define REXMIT_SCREEN_H

#include "terminal/top_options.h"

/* Returns 0 when the user left. */
int screen_run(const struct top_options *options);

#endif
