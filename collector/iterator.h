/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#ifndef REXMIT_ITERATOR_H
#define REXMIT_ITERATOR_H

/* Runs the BPF program behind an iterator's `link` over all that it walks. Returns 0 or -errno. */
int iterator_run(int link);

#endif
