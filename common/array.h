/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#ifndef REXMIT_ARRAY_H
#define REXMIT_ARRAY_H

/* The number of elements of an array. The argument must not be a pointer. */
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#endif
