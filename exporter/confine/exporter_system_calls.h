/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The system calls of the exporter's steady state: no file is opened, no process made. */
#ifndef REXMIT_EXPORTER_SYSTEM_CALLS_H
#define REXMIT_EXPORTER_SYSTEM_CALLS_H

#include <stdbool.h>

#include "common/sandbox.h"

/*
 * Allows them and nothing else from now on. The only sockets that may be made are those to the
 * collector. `secure` adds what --web.config.file needs: files are read again, by a TLS library.
 * `notify_fd` is a socket that must not be connected again, or -1.
 * Returns 0 or a negative errno with one line logged.
 */
int system_calls_restrict(enum sandbox_mode mode, bool secure, int notify_fd);

#endif
