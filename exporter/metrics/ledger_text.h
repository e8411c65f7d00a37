/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The families of the collector's COUNTER values. */
#ifndef REXMIT_LEDGER_TEXT_H
#define REXMIT_LEDGER_TEXT_H

#include <stdbool.h>

#include "counts/ledger.h"
#include "text/text.h"

/* `up`: whether a collector is connected. */
void ledger_write(struct text *text, const struct ledger *ledger, bool up);

#endif
