/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The steps of the collector's main(), which the fixture records instead of performing them.
 * failing_calls_set() makes a step fail.
 */
#ifndef TEST_COLLECTOR_STEPS_H
#define TEST_COLLECTOR_STEPS_H

#include <stdbool.h>

#include "user.h"

int collector_main(int argc, char **argv); /* main() of main.c, see meson.build */

extern char steps[1024];                /* the names of the steps, each after a space */
extern uid_t own_uid;                   /* of the process */
extern struct user become, may_connect; /* whom listener_open() got */
extern bool keeps_caps;                 /* what privileges_drop() got */

#endif
