/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The families of the page whose values are the collector's own counts. */
#ifndef REXMIT_LEDGER_TEXT_H
#define REXMIT_LEDGER_TEXT_H

#include <stdbool.h>

#include "counts/ledger.h"
#include "text/text.h"

/* `up`: there is a collector; what is of the moment is left out without one. */
void ledger_write(struct text *text, const struct ledger *ledger, bool up);

#endif
